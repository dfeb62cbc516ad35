import { expect, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { textOf, type Violation } from './evidence.ts';
import { fairness, shares } from './fairness.ts';
import { claimed, stream, streamsOf, type Told } from './history.fixture.ts';
import { recoveries, recovery } from './recovery.ts';
import { views } from './views.ts';

// What can only be seen over time: how long a run waited for its next executor, and who was served how often.

const texts = (found: readonly Violation[]): readonly string[] => found.map(textOf);
const requested: Told = { type: 'RunRequested', atMs: 0 };
const expired = (atMs: number): Told => ({ type: 'RunLeaseExpired', epoch: 2, atMs });
const us = (ms: number): number => ms * 1000;

const judged = (
  events: readonly RecordedEvent[],
  diedMs: number,
  ...blackouts: readonly (readonly [number, number])[]
): readonly string[] => {
  const found = recoveries({
    streams: streamsOf(events),
    deaths: [{ executor: 'one', at: us(diedMs) }],
    blackouts: blackouts.map(([from, to]) => ({ from: us(from), to: us(to) })),
  });
  return texts(recovery(found, 3000));
};

const takenOver = (atMs: number) =>
  stream('r', [requested, claimed('one', 1, 100), expired(atMs - 100), claimed('two', 3, atMs)]);

test('C7: a run that is taken over in time is well, one that waits longer is told with how long', () => {
  expect(judged(takenOver(3900), 1000)).toEqual([]);
  expect(judged(takenOver(4500), 1000)).toEqual(['C7 run-r: taken over from one after 3500 ms, 3000 ms may be']);
});

test('C7: a run that nobody takes over is told', () => {
  const forgotten = stream('r', [requested, claimed('one', 1, 100), expired(2000)]);
  expect(judged(forgotten, 1000)).toEqual(['C7 run-r: nobody took it over from one']);
  expect(judged(stream('r', [requested, claimed('one', 1, 100)]), 1000)).toEqual([
    'C7 run-r: nobody took it over from one',
  ]);
});

test('C7: time in which nobody could have taken it is not counted, however blackouts overlap', () => {
  expect(judged(takenOver(9000), 1000, [2000, 6000], [3000, 7500])).toEqual([]);
  expect(judged(takenOver(9000), 1000, [2000, 4000], [8500, 20_000])).toEqual([
    'C7 run-r: taken over from one after 5500 ms, 3000 ms may be',
  ]);
});

test('C7: a run that somebody else held, or that had ended, is nothing to recover', () => {
  expect(judged(takenOver(9000), 50)).toEqual([]);
  const over = stream('r', [requested, claimed('one', 1, 100), { type: 'RunCompleted', epoch: 1, atMs: 900 }]);
  expect(judged(over, 1000)).toEqual([]);
  const given = [requested, claimed('one', 1, 100), { type: 'RunReleased', epoch: 2, atMs: 1200 }];
  expect(judged(stream('r', [...given, claimed('two', 3, 9000)]), 1000)).toEqual([]);
});

const weights = new Map([
  ['left', 1],
  ['right', 1],
]);

/** Ten runs of each of two workspaces, claimed in this order. */
const contest = (turns: string) => {
  const count = new Map<string, number>();
  const streams = [...turns].map((turn, at) => {
    const workspace = turn === 'l' ? 'left' : 'right';
    const nth = (count.get(workspace) ?? 0) + 1;
    count.set(workspace, nth);
    const claim = { ...claimed('one', 1, 100 + at), workspace };
    return stream(`${workspace}${nth}`, [{ ...requested, workspace }, claim]);
  });
  return shares({ streams: streamsOf(...streams), weights });
};

test('C8: turns that alternate are fair, and only those are counted in which both were waiting', () => {
  const fair = contest('lrlrlrlrlrlrlrlrlrlr');
  expect(fair).toEqual([
    { workspace: 'left', claims: 10, share: 10 / 19, due: 0.5 },
    { workspace: 'right', claims: 9, share: 9 / 19, due: 0.5 },
  ]);
  expect(fairness(fair, 10)).toEqual([]);
});

test('C8: a workspace that is served first come, first served starves the other, and that is told', () => {
  expect(texts(fairness(contest('llllllllllrrrrrrrrrr'), 10))).toEqual([
    'C8 left got 100 % of 10 claims (10), 50 % was its due',
    'C8 right got 0 % of 10 claims (0), 50 % was its due',
  ]);
});

test('C8: a weight is what a share is measured by', () => {
  const found = contest('llrllrllrllrllrrrrrr');
  expect(fairness(found, 10)).toHaveLength(2);
  const heavy = found.map((share) => ({ ...share, due: share.workspace === 'left' ? 2 / 3 : 1 / 3 }));
  expect(fairness(heavy, 10)).toEqual([]);
});

test('C8: too few turns show nothing, and say so', () => {
  expect(texts(fairness(contest('lr'), 10))).toEqual(['C8 only 1 claims while all workspaces waited, 10 show a share']);
});

const history = stream('r', [
  {
    type: 'RunRequested',
    data: { flow: { name: 'f', file: 'f.yaml', hash: '0' }, variables: {}, tags: [] },
  },
]);

test('C5: a view that is missing, stands at another version or holds other values is told; so is the rebuilt one', () => {
  const judge = (ver: number | undefined, columns = {}, rebuilt = true) =>
    texts(
      views({
        streams: streamsOf(history),
        viewOf: () => (ver === undefined ? undefined : { ver, columns }),
        rebuiltOf: () => (rebuilt ? { ver: 1, columns: {} } : undefined),
      }),
    );
  expect(judge(1, { flow_name: 'f', status: 'queued' })).toEqual([]);
  expect(judge(undefined)).toEqual(['C5 run-r: its view is missing']);
  expect(judge(2)).toEqual(['C5 run-r: its view at version 2 differs from its 1 events in the version']);
  expect(judge(1, { flow_name: 'g' })).toEqual([
    'C5 run-r: its view at version 1 differs from its 1 events in the column flow_name',
  ]);
  expect(judge(1, {}, false)).toEqual(['C5 run-r: its rebuilt view is missing']);
  const early = { streams: streamsOf(history), viewOf: () => ({ ver: 1, columns: {}, bytes: new Uint8Array([1]) }) };
  expect(texts(views(early))).toEqual(['C5 run-r: its view at version 1 differs from its 1 events in the bytes']);
});
