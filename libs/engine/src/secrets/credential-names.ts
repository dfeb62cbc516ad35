import type { Value } from '@testmesh/domain';
import {
  type Flow,
  type Meaning,
  type Output,
  type RunFlowStep,
  type Step,
  type Template,
  templateNames,
  withNested,
} from '@testmesh/flow';
import { isMap } from '../blobs.ts';
import { isCredentialKey, isSecretHeader } from './masker.ts';

// E44. What a flow puts into a secret header or a credential's key is masked from the moment it is captured, not from its first use:
//      also where a definition is made of it, where it is handed to another flow, and where another flow hands it back.

type Path = readonly (string | number)[];

/** Names and step ids that credentials are made of, with the paths that are looked up in them. */
export type CredentialNames = ReadonlyMap<string, readonly Path[]>;

export interface Surroundings {
  /** What the flow's names mean before anything is captured. */
  readonly names: ReadonlyMap<string, Meaning>;
  /** What whoever runs the flow makes credentials of, by the names of its outputs. */
  readonly handedBack: CredentialNames;
}

export const credentialNames = (flow: Flow, { names, handedBack }: Surroundings): CredentialNames => {
  const found = new Found(names);
  for (const step of stepsOf(flow)) {
    const config = configOf(step);
    if (config) visit(config, (template) => found.addTemplate(template));
  }
  // With no outputs declared, whoever runs the flow sees all that it captured.
  if (flow.outputs.length === 0) for (const [name, paths] of handedBack) found.add(name, paths);
  for (const output of flow.outputs) {
    for (const path of handedBack.get(output.name) ?? []) found.addOutput(output, path);
  }
  return found.names;
};

/** Of the outputs of the flow that a step runs, those that credentials are made of. */
export const credentialOutputs = (step: RunFlowStep, credentials: CredentialNames): CredentialNames => {
  const found = new Found(new Map());
  const seen = (path: Path): Path => (path[0] === 'output' ? path.slice(1) : path);
  const add = ([name, ...path]: Path): void => {
    if (name !== undefined) found.add(String(name), [path]);
  };
  for (const path of credentials.get(step.id) ?? []) add(seen(path));
  for (const { name, from } of step.outputs) {
    if (from.kind !== 'path') continue;
    for (const path of credentials.get(name) ?? []) add([...seen(from.path.query.segments), ...path]);
  }
  return found.names;
};

class Found {
  readonly names = new Map<string, readonly Path[]>();
  readonly #definitions: ReadonlyMap<string, Meaning>;

  constructor(definitions: ReadonlyMap<string, Meaning>) {
    this.#definitions = definitions;
  }

  add(name: string, paths: readonly Path[]): void {
    const known = this.names.get(name);
    this.names.set(name, [...(known ?? []), ...paths]);
    const meaning = this.#definitions.get(name);
    if (known === undefined && meaning?.kind === 'definition') this.addTemplate(meaning.template);
  }

  addTemplate(template: Template): void {
    for (const { name, path } of templateNames(template)) this.add(name, [path]);
  }

  /** An output of the flow, and the path that is looked up in it. */
  addOutput({ from }: Output, path: Path): void {
    if (from.kind === 'path') {
      const [name, ...segments] = from.path.query.segments;
      if (name !== undefined) this.add(String(name), [[...segments, ...path]]);
      return;
    }
    const isWhole = from.template.kind === 'whole';
    for (const reference of templateNames(from.template)) {
      this.add(reference.name, [isWhole ? [...reference.path, ...path] : reference.path]);
    }
  }
}

const stepsOf = ({ setup, steps, teardown }: Flow): readonly Step[] =>
  [...setup, ...steps, ...teardown].flatMap(withNested);

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
