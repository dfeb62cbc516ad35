import { expect, test } from '@jest/globals';
import type { JournalBatch } from '@testmesh/ports';
import { requestsOf } from './sizes.ts';

const batch = (stream: string, ...lengths: readonly number[]): JournalBatch => ({
  stream,
  expectedVer: 7,
  epoch: 1,
  events: lengths.map((length, at) => ({
    ...{ id: `${stream}-${at}`, stream, type: 'SourceRecorded', sv: 1, workspace: 'w', epoch: 1, actor: 'a', time: 0 },
    data: { text: 'x'.repeat(length) },
  })),
});
const shown = (batches: readonly JournalBatch[]) =>
  requestsOf(batches).map((parts) =>
    parts.map(({ stream, expectedVer, events }) => `${stream}@${expectedVer}+${events.length}`),
  );

test('small batches of many runs go together', () => {
  expect(shown([batch('a', 10, 10), batch('b', 10)])).toEqual([['a@7+2', 'b@7+1']]);
  expect(shown([])).toEqual([]);
});

test('R4: a large batch is cut between events, and its parts go one after the other', () => {
  expect(shown([batch('a', 10), batch('b', 2_000_000, 2_000_000, 10), batch('c', 10)])).toEqual([
    ['a@7+1', 'b@7+1'],
    ['b@8+2', 'c@7+1'],
  ]);
});

test('R4: parts of one batch never go in one request, however small the last one is', () => {
  const requests = requestsOf([batch('a', 2_999_000, 2_000)]);
  expect(requests.map((parts) => parts.length)).toEqual([1, 1]);
});

test('R4: it is cut at the same places each time', () => {
  const batches = [batch('a', 1_000_000, 1_500_000, 900_000, 2_500_000)];
  expect(shown(batches)).toEqual(shown(batches));
  expect(shown(batches).flat()).toEqual(['a@7+2', 'a@9+1', 'a@10+1']);
});
