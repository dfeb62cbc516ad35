import type { Value } from '@testmesh/domain';
import { type Flow, type Step, type Template, templateNames, withNested } from '@testmesh/flow';
import { isMap } from '../blobs.ts';
import { isCredentialKey, isSecretHeader } from './masker.ts';

// E44. What a flow puts into a secret header or a credential's key is masked from the moment it is captured, not from its first use.

type Path = readonly (string | number)[];

/** Names and step ids that credentials are made of, with the paths that are looked up in them. */
export type CredentialNames = ReadonlyMap<string, readonly Path[]>;

export const credentialNames = ({ setup, steps, teardown }: Flow): CredentialNames => {
  const names = new Map<string, Path[]>();
  const add = (template: Template): void => {
    for (const { name, path } of templateNames(template)) names.set(name, [...(names.get(name) ?? []), path]);
  };
  for (const step of [...setup, ...steps, ...teardown].flatMap(withNested)) {
    const config = configOf(step);
    if (config) visit(config, add);
  }
  return names;
};

/** What a step hands on: to its action, or to the flow that it runs. */
const configOf = (step: Step): Template | undefined => {
  if (step.kind === 'action') return step.config;
  return step.kind === 'run_flow' ? step.input : undefined;
};

const visit = (template: Template, add: (template: Template) => void, isHeaders = false): void => {
  if (template.kind === 'list') for (const item of template.items) visit(item, add);
  if (template.kind !== 'map') return;
  for (const { key, value } of template.entries) {
    if (isHeaders ? isSecretHeader(key) : isCredentialKey(key)) add(value);
    else visit(value, add, key.toLowerCase() === 'headers');
  }
};

/** The texts at these paths of a value. */
export const credentialsIn = (value: Value | undefined, paths: readonly Path[]): readonly string[] =>
  paths.map((path) => at(value, path)).filter((found) => typeof found === 'string');

const at = (value: Value | undefined, path: Path): Value | undefined =>
  path.reduce<Value | undefined>((owner, key) => {
    if (Array.isArray(owner)) return owner[Number(key)];
    return owner !== undefined && isMap(owner) && Object.hasOwn(owner, key) ? owner[String(key)] : undefined;
  }, value);
