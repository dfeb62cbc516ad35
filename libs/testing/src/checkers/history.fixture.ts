import { createHash } from 'node:crypto';
import { canonicalJson, type Envelope, type RecordedEvent, type Value, type ValueMap } from '@testmesh/domain';
import { streamOf } from './evidence.ts';

export interface Told {
  readonly type: string;
  readonly epoch?: number;
  readonly data?: ValueMap;
  /** Milliseconds since the beginning. */
  readonly atMs?: number;
  readonly workspace?: string;
  readonly id?: string;
}

/** A stream as the journal would have it; a test then spoils it. */
export const stream = (runId: string, told: readonly Told[]): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  for (const [at, { type, epoch = 0, data = {}, atMs = at, workspace = 'acme', id }] of told.entries()) {
    const envelope: Envelope = {
      id: id ?? `${runId}-${at + 1}`,
      stream: streamOf(runId),
      type,
      sv: 1,
      workspace,
      epoch,
      actor: 'test',
      time: atMs * 1000,
      data,
    };
    const chain = createHash('sha256')
      .update((events.at(-1)?.chain ?? '') + canonicalJson(envelope as unknown as Value))
      .digest('hex');
    events.push({ ...envelope, ver: at + 1, at: atMs * 1000, chain });
  }
  return events;
};

export const streamsOf = (
  ...all: readonly (readonly RecordedEvent[])[]
): ReadonlyMap<string, readonly RecordedEvent[]> => new Map(all.map((events) => [events[0]?.stream ?? '', events]));

export const claimed = (executor: string, epoch: number, atMs: number): Told => ({
  type: 'RunClaimed',
  epoch,
  atMs,
  data: { executor, attempt: epoch },
});

export const completed = (path: string, status = 'passed'): Told => ({
  type: 'StepCompleted',
  epoch: 1,
  data: { path, status },
});

export const ended = (verdict = 'passed'): Told => ({ type: 'RunCompleted', epoch: 1, data: { verdict } });
