import { isNumber, type Value } from '@testmesh/domain';
import {
  type Environment,
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
import { connectionPasswords } from './connection-passwords.ts';
import { isCredentialKey, isSecretHeader } from './masker.ts';

// E44. What a flow puts into a secret header, a credential's key or the password of a connection string is masked from the moment it is given
//      or captured, not from its first use: also where a definition is made of it, where it is handed to another flow, and where another
//      flow hands it back.

type Path = readonly (string | number)[];

/** Names and step ids that credentials are made of, with the paths that are looked up in them. */
export type CredentialNames = ReadonlyMap<string, readonly Path[]>;

export interface Surroundings {
  /** What the flow's names mean before anything is captured. */
  readonly names: ReadonlyMap<string, Meaning>;
  /** What whoever runs the flow makes credentials of, by the names of its outputs. */
  readonly handedBack: CredentialNames;
  /** Sends headers of its own, and lies under the configs of steps. */
  readonly environment: Environment | undefined;
  /** What a flow that a step runs makes credentials of; without it only what is said of the step's own input counts. */
  readonly within?: ((step: RunFlowStep) => CredentialNames | undefined) | undefined;
}

export const credentialNames = (flow: Flow, surroundings: Surroundings): CredentialNames => {
  const found = new Found(surroundings.names);
  lookAround(surroundings, (template) => found.addTemplate(template));
  for (const step of stepsOf(flow)) lookIn(step, found, surroundings);
  takeBack(flow, found, surroundings);
  return found.names;
};

const lookAround = ({ names, environment }: Surroundings, add: Add): void => {
  for (const meaning of names.values()) if (meaning.kind === 'definition') visit(meaning.template, add);
  if (environment?.headers) visit(environment.headers, add, 'headers');
  for (const under of environment?.overrides.values() ?? []) visit(under, add);
};

const lookIn = (step: Step, found: Found, { within }: Surroundings): void => {
  const config = configOf(step);
  if (config) visit(config, (template) => found.addTemplate(template));
  const inside = step.kind === 'run_flow' ? within?.(step) : undefined;
  if (inside && step.kind === 'run_flow') found.addHandedOn(step, inside);
};

const takeBack = ({ outputs }: Flow, found: Found, { handedBack }: Surroundings): void => {
  // With no outputs declared, whoever runs the flow sees all that it captured.
  if (outputs.length === 0) for (const [name, paths] of handedBack) found.add(name, paths);
  for (const output of outputs) {
    for (const path of handedBack.get(output.name) ?? []) found.addOutput(output, path);
  }
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

  /** What a step hands to the flow that it runs, and what that one inherits. */
  addHandedOn({ input, inheritEnv }: RunFlowStep, inside: CredentialNames): void {
    const given = new Map(input.kind === 'map' ? input.entries.map(({ key, value }) => [key, value]) : []);
    for (const [name, paths] of inside) {
      const template = given.get(name);
      if (template !== undefined) this.addTemplate(template);
      else if (inheritEnv) this.add(name, paths);
    }
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

type Add = (template: Template) => void;

/** Finds what is a credential by its key, by the map that it stands in, or by its place in a connection string. */
const visit = (template: Template, add: Add, within = ''): void => {
  if (template.kind === 'text') for (const password of passwordsIn(template)) add(password);
  if (template.kind === 'list') for (const item of template.items) visit(item, add);
  if (template.kind !== 'map') return;
  for (const { key, value } of template.entries) {
    if (isCredential(key, within)) add(value);
    else visit(value, add, key.toLowerCase());
  }
};

const isCredential = (key: string, within: string): boolean => {
  if (within === 'headers' || within === 'metadata') return isSecretHeader(key);
  return within === 'cookies' || (within === 'auth' && key === 'key') || isCredentialKey(key);
};

type TextTemplate = Extract<Template, { readonly kind: 'text' }>;

/** The placeholders that stand where a connection string has its password. */
const passwordsIn = (template: TextTemplate): readonly Template[] => {
  const passwords = connectionPasswords(
    template.parts.map((part, at) => (part.kind === 'literal' ? part.text : markOf(at))).join(''),
  );
  return template.parts.flatMap((part, at) =>
    passwords.some((password) => password.includes(markOf(at))) ? [{ ...template, parts: [part] }] : [],
  );
};

const markOf = (at: number): string => `\u0001${at}\u0001`;

/** The texts at these paths of a value. */
export const credentialsIn = (value: Value | undefined, paths: readonly Path[]): readonly string[] =>
  paths
    .map((path) => at(value, path))
    .flatMap((found) => {
      if (typeof found === 'string') return [found];
      return found !== undefined && isNumber(found) ? [String(found)] : [];
    });

const at = (value: Value | undefined, path: Path): Value | undefined =>
  path.reduce<Value | undefined>((owner, key) => {
    if (Array.isArray(owner)) return owner[Number(key)];
    return owner !== undefined && isMap(owner) && Object.hasOwn(owner, key) ? owner[String(key)] : undefined;
  }, value);
