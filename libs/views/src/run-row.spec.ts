import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { foldRunRow } from './run-row.ts';

const recorded = (type: string, ms: number, data: object): RecordedEvent =>
  ({
    type,
    sv: 1,
    stream: 'run-r',
    workspace: 'w',
    actor: 'a',
    ver: 1,
    at: ms * 1000,
    data,
  }) as unknown as RecordedEvent;
const requested = recorded('RunRequested', 0, { flow: { name: 'f', file: 'f' }, variables: {}, tags: [] });
const started = recorded('RunStarted', 1000, { seed: 's', constants: {}, plan: [] });
const ended = (ms: number, durationMs: number) =>
  recorded('RunCompleted', ms, { verdict: 'cancelled', teardown: { status: 'none' }, outputs: {}, durationMs });

test('a run takes what its last owner says, and where it was ended while nobody ran it the time since it began', () => {
  expect(foldRunRow([requested, started, ended(4000, 2500)])?.durationMs).toBe(2500);
  expect(foldRunRow([requested, started, recorded('RunReleased', 2000, {}), ended(4000, 0)])?.durationMs).toBe(3000);
  expect(foldRunRow([requested, ended(4000, 0)])?.durationMs).toBe(0);
  // Everything before is void.
  const restarted = recorded('RunRestarted', 2000, { reason: 'executor lost' });
  expect(foldRunRow([requested, started, restarted, ended(4000, 0)])?.durationMs).toBe(0);
});
