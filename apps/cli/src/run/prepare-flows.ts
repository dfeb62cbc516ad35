import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { catalogue } from '@testmesh/catalogue';
import type { Diagnostic } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import { credentialVariables, mistypedInputs } from '@testmesh/engine';
import {
  type ActionCatalogue,
  type CheckOptions,
  checkFlow,
  didYouMean,
  type Environment,
  type Flow,
  type FlowText,
  readEnvFile,
  readEnvironment,
  readFlow,
  withNested,
} from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { mentionedNames } from './mentioned-names.ts';
import type { FlowFile } from './select-files.ts';
import { type GivenVariables, osVariables } from './variables.ts';

/** A flow with everything that was found out about it before anything is sent. */
export interface PreparedFlow {
  readonly file: string;
  readonly absolute: string;
  readonly text: string;
  /** Absent when the file cannot be read as a flow. */
  readonly flow?: Flow;
  readonly environment?: Environment;
  readonly flowEnvFileVariables: ReadonlyMap<string, Value>;
  readonly osVariables: ReadonlyMap<string, Value>;
  /** Names that the flow and what belongs to it mention; undefined when they cannot all be known. */
  readonly names: ReadonlySet<string> | undefined;
  /** Names that the flow, or one that it runs, makes credentials of. */
  readonly credentialNames: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface PreparationOptions {
  readonly cwd: string;
  /** Nothing a flow names may lie outside. */
  readonly root: string;
  readonly environmentName?: string;
  readonly given: GivenVariables;
  readonly osEnvironment: Readonly<Record<string, string | undefined>>;
  readonly catalogue: ActionCatalogue;
  /** What it is that nothing gives a required input: a run ends at once without it, a flow that others run does not. */
  readonly missingInput: 'error' | 'warning';
}

export const flowText = (file: string, text: string): FlowText => ({ file, text, sha256: hash('sha256', text) });

/** Reads and checks flows; a folder's environment is read once. */
export class FlowPreparation {
  readonly #options: PreparationOptions;
  readonly #environments = new Map<string, ReturnType<typeof readEnvironment>>();
  /** Texts of every file that diagnostics may point into. */
  readonly texts = new Map<string, string>();

  constructor(options: PreparationOptions) {
    this.#options = options;
    for (const [file, text] of Object.entries(options.given.texts)) this.texts.set(file, text);
  }

  async prepare({ file, absolute, text }: FlowFile): Promise<PreparedFlow> {
    this.texts.set(file, text);
    const read = await readFlow(flowText(file, text), this.#options.catalogue);
    const none: ReadonlyMap<string, Value> = new Map();
    const start = {
      file,
      absolute,
      text,
      flowEnvFileVariables: none,
      osVariables: none,
      names: undefined,
      credentialNames: [],
    };
    const { flow } = read;
    if (flow === undefined) return { ...start, diagnostics: read.diagnostics };
    const { given, osEnvironment } = this.#options;
    const envFile = await this.#flowEnvFile(flow, absolute);
    const environment = await this.#environment(dirname(absolute));
    const fromOs = osVariables([...flow.mentions, ...environmentMentions(environment?.environment)], osEnvironment);
    const names = [given.variables, given.envFileVariables, envFile.variables, fromOs].flatMap((known) => [
      ...known.keys(),
    ]);
    const children = await this.#children(flow);
    const checked = checkFlow(flow, {
      environment: environment?.environment,
      variables: new Set(names),
      children,
      // A plugin's action may make a file that a later step reads.
      ...(this.#options.catalogue === catalogue && this.#files),
      missingInput: this.#options.missingInput,
    });
    const mistyped = mistypedInputs({
      flow,
      environment: environment?.environment,
      os: fromOs,
      flowEnvFile: envFile.variables,
      envFile: given.envFileVariables,
      variables: given.variables,
    }).map(({ code, message, span }): Diagnostic => ({ code, severity: 'error', message, span }));
    return {
      ...start,
      flow,
      ...(environment?.environment !== undefined && { environment: environment.environment }),
      flowEnvFileVariables: envFile.variables,
      osVariables: fromOs,
      names: mentionedNames(flow, environment?.environment, children),
      credentialNames: [...credentialVariables(flow, environment?.environment, children)],
      diagnostics: [
        ...read.diagnostics,
        ...envFile.diagnostics,
        ...(environment?.diagnostics ?? []),
        ...checked,
        ...mistyped,
        ...given.diagnostics,
      ],
    };
  }

  async #flowEnvFile(flow: Flow, absolute: string): Promise<ReturnType<typeof readEnvFile>> {
    if (flow.envFile === undefined) return { variables: new Map(), diagnostics: [] };
    const path = resolve(dirname(absolute), flow.envFile.path);
    const shown = relative(this.#options.cwd, path);
    if (!isInside(path, this.#options.root))
      return { variables: new Map(), diagnostics: [outside(flow.envFile, shown)] };
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return { variables: new Map(), diagnostics: [absent(flow.envFile, shown)] };
    this.texts.set(shown, text);
    return readEnvFile({ file: shown, text });
  }

  /** The environment named by `--env`, sought from the flow's folder up to the project's root. */
  async #environment(folder: string): Promise<Awaited<ReturnType<typeof readEnvironment>> | undefined> {
    const { environmentName: name, cwd, root, catalogue } = this.#options;
    if (name === undefined) return undefined;
    if (/[/\\]|^\.*$/.test(name))
      throw new CommandEnd('usage', `--env ${name} is not a name: environments/NAME.yaml is called by NAME alone`);
    const path = await findUpwards(`environments/${name}.yaml`, folder, root);
    if (path === undefined) {
      const where = `${relative(cwd, folder) || '.'} or above it`;
      const known = await environmentNames(folder, root);
      throw new CommandEnd('usage', `there is no environments/${name}.yaml in ${where}${toldNames(name, known)}`);
    }
    const known = this.#environments.get(path);
    if (known !== undefined) return known;
    const file = relative(cwd, path);
    const text = await readFile(path, 'utf8');
    this.texts.set(file, text);
    const reading = readEnvironment({ file, text }, name, catalogue);
    this.#environments.set(path, reading);
    return reading;
  }

  readonly #files: Pick<CheckOptions, 'hasFile' | 'schemaText'> = {
    hasFile: (path, from) => this.#hasFile(path, from),
    schemaText: (path, from) => this.#schemaText(path, from),
  };

  // Asked only about files that a flow names, so a look at the disk is cheap.
  #hasFile(path: string, from: Flow): boolean {
    const file = resolve(this.#options.cwd, dirname(from.file), path);
    // What lies outside the project is the run's to refuse.
    return !isInside(file, this.#options.root) || existsSync(file);
  }

  /** A file that cannot be read, or is no file, the run says more of. */
  #schemaText(path: string, from: Flow): string | undefined {
    const file = resolve(this.#options.cwd, dirname(from.file), path);
    if (!isInside(file, this.#options.root)) return undefined;
    try {
      return new TextDecoder().decode(readFileSync(file));
    } catch {
      return undefined;
    }
  }

  /** Every flow that `run_flow` steps reach, for checks over the whole tree. */
  async #children(flow: Flow): Promise<(path: string, from: Flow) => Flow | undefined> {
    const { cwd, root, catalogue } = this.#options;
    const targetOf = (path: string, from: Flow): string => resolve(cwd, dirname(from.file), path);
    const found = new Map<string, Flow>();
    const waiting = childPaths(flow).map((path) => targetOf(path, flow));
    for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) {
      if (found.has(target) || !isInside(target, root)) continue;
      const text = await readFile(target, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const { flow: child } = await readFlow(flowText(relative(cwd, target), text), catalogue);
      if (child === undefined) continue;
      found.set(target, child);
      waiting.push(...childPaths(child).map((path) => targetOf(path, child)));
    }
    return (path, from) => found.get(targetOf(path, from));
  }
}

const childPaths = (flow: Flow): readonly string[] =>
  [...flow.setup, ...flow.steps, ...flow.teardown]
    .flatMap(withNested)
    .flatMap((step) => (step.kind === 'run_flow' && step.flow.kind === 'fixed' ? [step.flow.value] : []));

/** Whether a path lies within the project. */
export const isInside = (path: string, root: string): boolean => path === root || path.startsWith(join(root, '/'));

/** The environments that a flow in a folder may choose from. */
const environmentNames = async (from: string, root: string): Promise<readonly string[]> => {
  const names = new Set<string>();
  for (let folder = from; ; folder = dirname(folder)) {
    const files = await readdir(join(folder, 'environments')).catch((): string[] => []);
    for (const file of files) if (file.endsWith('.yaml')) names.add(file.slice(0, -'.yaml'.length));
    if (folder === root || folder === dirname(folder)) return [...names].sort();
  }
};

const toldNames = (name: string, known: readonly string[]): string => {
  if (known.length === 0) return '; there is no other either';
  const { suggestion } = didYouMean(name, known);
  return `; there is ${known.join(', ')}${suggestion === undefined ? '' : ` — ${suggestion}`}`;
};

const findUpwards = async (name: string, from: string, root: string): Promise<string | undefined> => {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
    if (folder === root || folder === dirname(folder)) return undefined;
  }
};

type EnvFile = NonNullable<Flow['envFile']>;

const outside = ({ span, path }: EnvFile, shown: string): Diagnostic => ({
  code: 'TM6101',
  severity: 'error',
  message: `env_file ${path} lies outside the project (${shown})`,
  span,
});

const absent = ({ span, path }: EnvFile, shown: string): Diagnostic => ({
  code: 'TM6102',
  severity: 'error',
  message: `env_file ${path} cannot be read: there is no ${shown}`,
  span,
  help: 'the path is relative to the flow file',
});

const environmentMentions = (environment: Environment | undefined): Iterable<string> => environment?.mentions ?? [];
