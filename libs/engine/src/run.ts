import type { Action } from '@testmesh/action-kit';
import {
  type RunEvent,
  type StepCompleted,
  type StepError,
  type StepPath,
  traceIdOf,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import type { Environment, Meaning } from '@testmesh/flow';
import { lighten } from './blobs.ts';
import { Interruption } from './interruption.ts';
import type { Past } from './past/past.ts';
import type { EnginePorts, RunInput } from './ports.ts';
import { Resources } from './resources.ts';
import { type CredentialNames, credentialsIn } from './secrets/credential-names.ts';
import { Kept } from './secrets/kept.ts';
import { maskEvent } from './secrets/mask-event.ts';
import { Masker } from './secrets/masker.ts';

// What all parts of a run share. Invariants:
// E1. Every fact is masked before anybody sees it, and recorded in the order it happened.
// E2. A journal that cannot take a fact stops the run; teardown and closing still happen, then the fault surfaces.
// E0. A run never gets far ahead of its journal, so its memory does not grow with its steps and it can always be interrupted.

/** A step that did not pass and that nothing excuses. */
export interface Failure {
  readonly path: StepPath;
  readonly status: 'failed' | 'error';
  /** One sentence: what failed and how. */
  readonly message: string;
  readonly error?: StepError | undefined;
  readonly defect: boolean;
}

export class Run {
  readonly input: RunInput;
  readonly ports: EnginePorts;
  /** The named one, once the run is in a test environment with that one's routes over it. */
  environment: Environment | undefined;
  /** What earlier owners recorded. */
  readonly past: Past;
  readonly masker = new Masker();
  readonly kept: Kept;
  readonly resources: Resources;
  readonly startedAt: number;
  readonly constants: ValueMap;
  readonly traceId: string;
  /** Aborts with the run: cancelled, or its journal lost. */
  readonly control = new AbortController();
  /** Aborts when teardown is to be given up too. */
  readonly force = new AbortController();
  /** How many expectations judged this run outside teardown. */
  checks: number;
  /** Action → the plugin that brings it, for those of this run that one does. */
  readonly plugins = new Map<string, string>();
  /** Failures that `on_error: continue` let pass, for the line a person reads first. */
  readonly excused: string[];
  /** A step outside teardown was left out or stopped because the run was to end. */
  isCut = false;
  #fault: { readonly error: unknown } | undefined;
  #facts = 0;
  #written: Promise<void> = Promise.resolve();
  readonly #actions = new Map<string, Promise<Action>>();
  readonly #sources = new Map<string, string>();
  readonly #positions = new Map<string, Promise<Value>>();

  constructor(input: RunInput, ports: EnginePorts, past: Past) {
    this.ports = ports;
    this.past = past;
    this.input = { ...input, seed: past.started?.seed ?? seedAfter(past.restarts, input.seed) };
    this.environment = input.environment;
    this.startedAt = (past.started && input.startedAt) ?? ports.clock.now();
    this.checks = past.checks;
    this.excused = [...past.excused];
    this.resources = new Resources((event) => this.record(event), ports.clock);
    this.kept = new Kept({
      texts: input.kept ?? new Map(),
      keep: ports.keepSecret,
      masker: this.masker,
      durable: () => this.durable(),
      restarts: past.restarts,
    });
    this.constants = past.started?.constants ?? this.#drawConstants();
    this.traceId = traceIdOf(input.runId);
  }

  record(event: RunEvent): void {
    if (this.#fault) return;
    const masked = maskEvent(event, this.masker);
    this.#keep(masked);
  }

  /** Records a finished step, large values beside it, and secret ones that somebody may look into kept apart. */
  async recordStep(event: StepCompleted, isLookedInto: boolean): Promise<void> {
    if (this.#fault) return;
    try {
      const masked = maskEvent(event, this.masker) as StepCompleted;
      await this.kept.step(event, masked, isLookedInto);
      this.#keep(await lighten(masked, this.ports.blobs));
      if (++this.#facts % BREATH === 0) await this.#breathe();
    } catch (error) {
      this.#lose(error);
    }
  }

  /** Resolves once every fact so far is on stable storage. */
  async durable(): Promise<void> {
    if (this.#fault) return;
    try {
      await this.ports.recorder.durable();
    } catch (error) {
      this.#lose(error);
    }
  }

  /** Keeps a file's text for `recordSources`. */
  source(file: string, text: string): void {
    this.#sources.set(file, text);
  }

  /** Records the texts that facts point into: at the end, when every secret that stands in them is known. */
  async recordSources(): Promise<void> {
    for (const file of this.past.files) {
      if (!this.#sources.has(file)) this.source(file, new TextDecoder().decode(await this.ports.readFile(file)));
    }
    for (const [file, text] of this.#sources) this.record({ type: 'SourceRecorded', file, text });
  }

  /** Masks what the marked names stand for. */
  learnSecrets(names: ReadonlyMap<string, Meaning>, secretNames: ReadonlySet<string>): void {
    for (const name of secretNames) {
      const meaning = names.get(name);
      if (meaning?.kind === 'value') this.masker.addSecret(meaning.value);
    }
  }

  /** Masks what is given to be made credentials of, before its first use; the run's own names are part of many and no secret. */
  learnCredentials(names: ReadonlyMap<string, Meaning>, credentials: CredentialNames): void {
    for (const [name, paths] of credentials) {
      const meaning = names.get(name);
      if (meaning?.kind !== 'value' || Object.hasOwn(this.constants, name)) continue;
      for (const text of credentialsIn(meaning.value, paths)) this.masker.inferCredential(text);
    }
  }

  /** Throws what kept the run from recording its facts. */
  assertRecorded(): void {
    if (this.#fault) throw this.#fault.error;
  }

  action(type: string): Promise<Action> {
    const known = this.#actions.get(type) ?? this.#load(type);
    this.#actions.set(type, known);
    return known;
  }

  async #load(type: string): Promise<Action> {
    const action = await this.ports.action(type);
    if (action.plugin !== undefined) this.plugins.set(type, `${action.plugin.name}@${action.plugin.version}`);
    return action;
  }

  /** Where a stream stood when the run began; asked once per resource. */
  positions<T extends Value>(resource: string, take: () => Promise<T>): Promise<T> {
    const known = this.#positions.get(resource) as Promise<T> | undefined;
    if (known) return known;
    const earlier = this.kept.positions(resource) ?? this.past.positions.get(resource);
    const taking = earlier === undefined ? this.#take(resource, take) : Promise.resolve(earlier as T);
    this.#positions.set(resource, taking);
    // Nothing was learnt, so the next step that asks takes them.
    taking.catch(() => this.#positions.delete(resource));
    return taking;
  }

  async #take<T extends Value>(resource: string, take: () => Promise<T>): Promise<T> {
    const positions = await take();
    await this.kept.position(resource, positions);
    this.record({ type: 'PositionsRecorded', resource, positions });
    return positions;
  }

  #drawConstants(): ValueMap {
    const { runId, flow, seed } = this.input;
    const random = this.ports.random(`${seed}/constants`);
    return { RANDOM_ID: letterFirst(random.uuid()), RUN_ID: runId, EXECUTION_ID: runId, FLOW_NAME: flow.name };
  }

  // Steps that never wait would starve signals, timers and the journal: now and then the run waits for what it recorded a while ago.
  async #breathe(): Promise<void> {
    await this.#written;
    this.#written = this.durable();
  }

  #keep(event: RunEvent): void {
    try {
      this.ports.recorder.record(event);
      this.ports.onEvent?.(event);
    } catch (error) {
      this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    this.#fault ??= { error };
    this.control.abort(new Interruption('journal-lost', 'the run could not record what happened'));
  }
}

/** Steps between two looks at what is written; no more than twice as many facts wait for the journal. */
const BREATH = 128;

// A run that begins anew must not meet what its first try left behind under the same names.
const seedAfter = (restarts: number, seed: string): string => (restarts === 0 ? seed : `${seed}~${restarts + 1}`);

const LETTERS = 'abcdef';

/** Twelve hexadecimal characters, the first a letter, so that it can stand inside identifiers. */
const letterFirst = (uuid: string): string => {
  const hex = uuid.replaceAll('-', '');
  return `${LETTERS.charAt(Number.parseInt(hex.charAt(0), 16) % LETTERS.length)}${hex.slice(-11)}`;
};
