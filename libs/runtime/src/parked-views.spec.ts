import { expect, test } from '@jest/globals';
import { fakeAction, fakeClock, memoryFeed, memoryViews } from '@testmesh/testing';
import { audit } from './audit.ts';
import { Platform } from './executor.fixture.ts';
import { ParkedViews } from './parked-views.ts';
import { Projector } from './projector.ts';
import { runView } from './run-view.ts';
import { seededRandom } from './seeded-random.ts';

const name = 'runs.v1';
const random = seededRandom('parked');

/** Two runs have ended, and an older build could not read one of them. */
const afterOlderBuild = async () => {
  const platform = new Platform();
  await platform.request('a', 'b');
  const loop = platform.executor('e1', fakeAction());
  loop.start();
  await platform.until(() => ['a', 'b'].every((runId) => platform.types(runId).at(-1) === 'RunCompleted'));
  await loop.drain(1000);
  const store = memoryViews();
  const projectorOf = (view: typeof runView) =>
    new Projector({
      name,
      view,
      feed: memoryFeed(platform.journal),
      journal: platform.journal,
      store,
      clock: fakeClock(),
      random,
      onFault: platform.onFault,
    });
  const older = projectorOf({
    ...runView,
    next: (state, event) => {
      if (event.stream === 'run-a') throw new Error('a newer event');
      return runView.next(state, event);
    },
  });
  while (await older.round());
  const parkedOf = (projector: typeof older) =>
    new ParkedViews({ name, projector, store, clock: fakeClock(), random, onFault: platform.onFault });
  return { platform, store, older, newer: projectorOf(runView), parkedOf };
};

test('what an older build set aside is shown by a newer one', async () => {
  const { platform, store, newer, parkedOf } = await afterOlderBuild();
  expect([...(await store.parked(name)).keys()]).toEqual(['run-a']);
  await parkedOf(newer).round();
  expect(await store.parked(name)).toEqual(new Map());
  const stored = async (runId: string) => store.view(name, `run-${runId}`)?.bytes;
  for (const runId of ['a', 'b']) {
    expect(await audit(runId, { journal: platform.journal, stored })).toMatchObject({ outcome: 'equal' });
  }
});

test('what still cannot be folded stays where it is', async () => {
  const { store, older, parkedOf } = await afterOlderBuild();
  const before = await store.parked(name);
  await parkedOf(older).round();
  expect(await store.parked(name)).toEqual(before);
  expect(store.view(name, 'run-a')).toBeUndefined();
});
