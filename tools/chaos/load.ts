import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '@testmesh/client';
import type { Random } from '@testmesh/ports';
import type { Followed } from '@testmesh/testing/checkers';
import { ask, type Client, versionsOf } from './api.ts';
import { type FlowKind, flowKinds } from './flows.ts';
import type { Asked } from './vocabulary.ts';
import { weighted } from './weighted.ts';

// People at work: they ask for runs at a steady rate, follow each of them live, and cancel some.

export interface LoadOptions {
  readonly client: Client;
  readonly random: Random;
  readonly witness: string;
  /** Per second. */
  readonly rate: number;
}

/** More than this many at once are not asked for: a platform that is down is not given a backlog of hours. */
const MOST_AT_ONCE = 80;

export class Load {
  readonly asked: Asked[] = [];
  readonly followed: Followed[] = [];
  /** What clients were told that they should never be told. */
  readonly complaints: string[] = [];
  readonly #options: LoadOptions;
  readonly #going = new Set<Promise<void>>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Asks for runs until the signal aborts. */
  async go(signal: AbortSignal): Promise<void> {
    const { random, rate } = this.#options;
    while (!signal.aborted) {
      if (this.#going.size < MOST_AT_ONCE) this.#begin(demanded(weighted(flowKinds, random)));
      const restMs = (1000 / rate) * (0.5 + random.next());
      await sleep(restMs, undefined, { signal }).catch(() => undefined); // the end of the load ends the rest
    }
  }

  /** Resolves when every run that was asked for has ended; false when the limit came first. */
  async ended(limitMs: number): Promise<boolean> {
    const late = sleep(limitMs, false, { ref: false });
    return Promise.race([Promise.all(this.#going).then(() => true), late]);
  }

  get waiting(): number {
    return this.#going.size;
  }

  #begin(kind: FlowKind): void {
    const cancelAfterMs = kind.isCancelled === true ? this.#options.random.next() * 6000 : undefined;
    const going = this.#oneRun(kind, cancelAfterMs)
      .catch((error: unknown) => {
        this.complaints.push(`${kind.kind}: ${error instanceof Error ? error.message : String(error)}`);
      })
      .finally(() => this.#going.delete(going));
    this.#going.add(going);
  }

  async #oneRun(kind: FlowKind, cancelAfterMs: number | undefined): Promise<void> {
    const { client, witness } = this.#options;
    const secret = kind.hasSecret === true ? `hush-${randomUUID()}` : undefined;
    const variables = { WITNESS: witness, ...(secret !== undefined && { TOKEN: secret }) };
    const body = { definition: kind.yaml, variables };
    const { id } = await ask(client, '/executions', { body, idempotencyKey: randomUUID() });
    const runId = String(id);
    this.asked.push({
      runId,
      kind: kind.kind,
      expected: kind.expected,
      rules: kind.rules,
      secrets: secret === undefined ? [] : [secret],
      ...(kind.isCancelled !== undefined && { isCancelled: kind.isCancelled }),
    });
    const cancelled = cancelAfterMs === undefined ? undefined : this.#cancel(runId, cancelAfterMs);
    const versions = await versionsOf(client, runId);
    this.followed.push({ runId, versions });
    await cancelled;
  }

  async #cancel(runId: string, afterMs: number): Promise<void> {
    await sleep(afterMs);
    await ask(this.#options.client, `/executions/${runId}/cancel`, { method: 'POST' }).catch((error: unknown) => {
      if (!(error instanceof ApiProblem) || error.status !== 409) throw error; // it was faster
    });
  }
}

const demanded = (kind: FlowKind | undefined): FlowKind => {
  if (kind === undefined) throw new Error('there is no kind of flow');
  return kind;
};
