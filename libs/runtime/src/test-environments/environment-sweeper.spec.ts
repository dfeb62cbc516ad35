import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EnvironmentTarget } from '@testmesh/ports';
import { seededRandom } from '../seeded-random.ts';
import { EnvironmentSweeper } from './environment-sweeper.ts';
import { EnvironmentsFixture, MINUTE, wanted } from './environments.fixture.ts';

let world: EnvironmentsFixture;
beforeEach(() => {
  world = new EnvironmentsFixture();
});
afterEach(() => world.stop());

test('several reconcilers never work on one environment at the same time', async () => {
  const busy = new Set<string>();
  let most = 0;
  const alone =
    <Result>(call: (target: EnvironmentTarget, signal: AbortSignal) => Promise<Result>) =>
    async (target: EnvironmentTarget, signal: AbortSignal): Promise<Result> => {
      if (busy.has(target.id)) throw new Error(`${target.id} is worked on twice`);
      busy.add(target.id);
      most = Math.max(most, busy.size);
      await world.clock.sleep(100);
      busy.delete(target.id);
      return call(target, signal);
    };
  const { gitops } = world;
  gitops.healAtOnce(true);
  world.provider = { bring: alone(gitops.bring), observe: alone(gitops.observe), destroy: alone(gitops.destroy) };
  for (let number = 1; number <= 30; number++) await world.register(`e${number}`, { namespace: `review-${number}` });
  for (const seed of ['a', 'b', 'c']) world.reconcile(seed);
  await world.pass(5000);
  const { items } = await world.environments.list({ workspace: 'acme', limit: 100, offset: 0 });
  expect(items.map(({ state: { status } }) => status)).toEqual(Array.from({ length: 30 }, () => 'warm'));
  expect(most).toBeGreaterThan(1);
  expect(world.faults).toEqual([]);
});

describe('a sweep', () => {
  const sweep = (): void => {
    const { environments, clock } = world;
    const onFault = () => undefined;
    for (const seed of ['a', 'b']) {
      const random = seededRandom(seed);
      world.start(new EnvironmentSweeper({ environments, clock, random, onFault, keepDestroyedMs: 10 * MINUTE }));
    }
  };

  test('ends an environment after its TTL, and forgets it later', async () => {
    await world.ready();
    sweep();
    await world.pass(59 * MINUTE);
    expect((await world.state())?.status).toBe('warm');
    await world.pass(7 * MINUTE);
    expect((await world.state())?.status).toBe('destroyed');
    expect(world.gitops.namespaces()).toEqual([]);
    await world.pass(16 * MINUTE);
    expect(await world.state()).toBeUndefined();
  }, 60_000);

  test('takes an environment from a run that is gone, and leaves one alone whose run extends its lease', async () => {
    await world.ready();
    sweep();
    await world.environments.acquire(wanted);
    for (let round = 0; round < 10; round++) {
      await world.pass(20_000);
      expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, 30_000)).toBe(true);
    }
    await world.pass(36_000);
    expect((await world.state())?.status).toBe('warm');
  });
});
