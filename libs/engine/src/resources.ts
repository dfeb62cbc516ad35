import type { RunEvent, StepError, StepPath } from '@testmesh/domain';
import type { Clock } from '@testmesh/ports';

// Things that steps open and later steps use. Invariants:
// E60. One thing per kind, key and branch, opened once even when two steps ask at the same time.
// E61. Whatever happens, everything opened is closed when the run ends, in reverse order; one that fails or hangs does not keep the others open.
// E62. A thing bound to this process is recorded when it opens and when it closes.

interface Resource {
  readonly kind: string;
  readonly key: string;
  readonly branch: string;
  readonly bound: boolean;
  readonly thing: Promise<unknown>;
  /** False when it never opened: then there is nothing to close. */
  readonly close: () => Promise<boolean>;
}

export interface ResourceRequest {
  readonly kind: string;
  readonly key: string;
  readonly bound?: boolean;
  readonly scope?: 'run' | 'branch';
}

/** How long one thing may take to close. */
const CLOSE_LIMIT_MS = 15_000;

export class Resources {
  readonly #open = new Map<string, Resource>();
  readonly #record: (event: RunEvent) => void;
  readonly #clock: Clock;

  constructor(record: (event: RunEvent) => void, clock: Clock) {
    this.#record = record;
    this.#clock = clock;
  }

  use<T>(
    { kind, key, bound = false, scope = 'run' }: ResourceRequest,
    at: { readonly path: StepPath; readonly branch: string },
    open: () => Promise<T>,
    close: (thing: T) => Promise<void>,
  ): Promise<T> {
    const branch = scope === 'branch' ? at.branch : '';
    const id = idOf(branch, kind, key);
    const known = this.#open.get(id);
    if (known) return known.thing as Promise<T>;
    const opening = open().then((thing) => {
      if (bound) this.#record({ type: 'ResourceOpened', kind, key, path: at.path, bound: 'executor' });
      return thing;
    });
    const closeIt = (): Promise<boolean> =>
      opening.then(
        async (thing) => {
          await close(thing);
          return true;
        },
        () => false,
      );
    this.#open.set(id, { kind, key, branch, bound, thing: opening, close: closeIt });
    // What never opened is nobody's to close, and the next step may try again.
    opening.catch(() => this.#open.delete(id));
    return opening;
  }

  async release(kind: string, key: string, branch: string): Promise<boolean> {
    const id = [idOf(branch, kind, key), idOf('', kind, key)].find((candidate) => this.#open.has(candidate));
    if (id === undefined) return false;
    await this.#close(id);
    return true;
  }

  /** Closes what a branch had for itself. */
  async closeBranch(branch: string): Promise<void> {
    await this.#closeWhere((resource) => resource.branch === branch);
  }

  async closeAll(): Promise<void> {
    await this.#closeWhere(() => true);
  }

  async #closeWhere(matches: (resource: Resource) => boolean): Promise<void> {
    const ids = [...this.#open].filter(([, resource]) => matches(resource)).map(([id]) => id);
    for (const id of ids.reverse()) await this.#close(id);
  }

  async #close(id: string): Promise<void> {
    const resource = this.#open.get(id);
    if (!resource) return;
    this.#open.delete(id);
    const error = await this.#closing(resource);
    if (error === 'never opened') return;
    const { kind, key, bound } = resource;
    if (bound || error) this.#record({ type: 'ResourceClosed', kind, key, ...(error && { error }) });
  }

  async #closing({ kind, close }: Resource): Promise<StepError | 'never opened' | undefined> {
    const done = new AbortController();
    const closed = close().then(
      (wasOpen) => (wasOpen ? undefined : ('never opened' as const)),
      (error: unknown) => ({ code: 'TM5011', message: `the ${kind} could not be closed: ${messageOf(error)}` }),
    );
    const late = this.#clock.sleep(CLOSE_LIMIT_MS, done.signal).then(
      () => ({ code: 'TM5011', message: `the ${kind} did not close within ${CLOSE_LIMIT_MS / 1000}s` }),
      () => undefined,
    );
    const error = await Promise.race([closed, late]);
    done.abort('closed');
    return error;
  }
}

const idOf = (branch: string, kind: string, key: string): string => JSON.stringify([branch, kind, key]);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
