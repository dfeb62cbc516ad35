import { expect, test } from '@jest/globals';
import type { AppendResult, ClaimedRun, Journal, JournalFeed, RunQueue, ViewStore } from '@testmesh/ports';
import { type SimOutcome, type Stores, simulate } from './index.ts';
import { eventsOf } from './platform.ts';

// The checkers bite: each rule that the stores keep is broken once, and the simulation has to notice.

const SEEDS = 300;

/** The first outcome that somebody would notice, with these stores broken. */
const firstFailure = async (broken: (stores: Stores) => Stores): Promise<SimOutcome | undefined> => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const outcome = await simulate(seed, { broken });
    if (outcome.violations.length > 0) return outcome;
  }
  return undefined;
};

/** A journal whose appends go through a mistake. */
const withAppend = (stores: Stores, append: Journal['append']): Stores => ({
  ...stores,
  journal: {
    ...stores.journal,
    append,
    appendMany: async (batches) => {
      const results: AppendResult[] = [];
      for (const { stream, expectedVer, epoch, events } of batches) {
        results.push(await append(stream, expectedVer, epoch, events));
      }
      return results;
    },
  },
});

test('a journal that does not fence late writers is noticed', async () => {
  const failure = await firstFailure((stores) =>
    withAppend(stores, async (stream, expectedVer, epoch, events) => {
      const result = await stores.journal.append(stream, expectedVer, epoch, events);
      if (result.outcome !== 'fenced') return result;
      const stored = await eventsOf(stores.journal, stream);
      return stores.journal.append(stream, stored.length, result.epoch, events);
    }),
  );
  expect(failure?.violations.join('\n')).toMatch(/C[1-4] /);
}, 60_000);

test('a journal that does not know a repeated append again is noticed', async () => {
  const failure = await firstFailure((stores) =>
    withAppend(stores, async (...given) => {
      const result = await stores.journal.append(...given);
      return result.outcome === 'already_applied' ? { outcome: 'conflict', ver: result.ver } : result;
    }),
  );
  expect(failure?.violations.join('\n')).toContain('fault in carry');
}, 60_000);

test('a queue that gives a run to two executors under one epoch is noticed', async () => {
  const failure = await firstFailure(({ queue, ...stores }) => {
    let before: readonly ClaimedRun[] = [];
    const claim: RunQueue['claim'] = async (request) => {
      const runs = await queue.claim(request);
      const twice = [...before, ...runs].slice(0, request.slots);
      before = runs;
      return twice;
    };
    return { ...stores, queue: bound(queue, { claim }) };
  });
  expect(failure?.violations.join('\n')).toMatch(/C[1-4] |fault in carry/);
}, 60_000);

test('a projector without its version gate is noticed', async () => {
  // Every event is numbered as the next one of its stream, so that the gate lets all of them pass in any order.
  const failure = await firstFailure((stores) => {
    const given = new Map<string, number>();
    const readAfter: JournalFeed['readAfter'] = async (cursor, limit) => {
      const page = await stores.feed.readAfter(cursor, limit);
      const events = page.events.map((event) => {
        const ver = (given.get(event.stream) ?? 0) + 1;
        given.set(event.stream, ver);
        return { ...event, ver };
      });
      return { ...page, events };
    };
    return { ...stores, feed: { ...stores.feed, readAfter } };
  });
  expect(failure?.violations.join('\n')).toContain('C5 ');
}, 60_000);

test('a view store that moves its checkpoint without comparing is noticed', async () => {
  const failure = await firstFailure((stores) => {
    const commit: ViewStore['commit'] = async (projector, _expected, next, changes) =>
      stores.views.commit(projector, await stores.views.cursor(projector), next, changes);
    return { ...stores, views: { ...stores.views, commit } };
  });
  expect(failure?.violations.join('\n')).toContain('C5 a view went back');
}, 60_000);

/** A queue with one method in another's place; it keeps its rows to itself, so the others go to the queue itself. */
const bound = (queue: RunQueue, over: Partial<RunQueue>): RunQueue => ({
  request: (runs) => queue.request(runs),
  claim: (request) => queue.claim(request),
  heartbeat: (...given) => queue.heartbeat(...given),
  release: (...given) => queue.release(...given),
  cancel: (...given) => queue.cancel(...given),
  reap: (policy) => queue.reap(policy),
  unpark: (...given) => queue.unpark(...given),
  ...over,
});
