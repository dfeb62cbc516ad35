import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { GitOpsProvider } from '@testmesh/ports';
import { seededRandom } from '../seeded-random.ts';
import { EnvironmentHints } from './environment-hints.ts';
import { EnvironmentReconciler } from './environment-reconciler.ts';
import { EnvironmentsFixture } from './environments.fixture.ts';

let world: EnvironmentsFixture;
beforeEach(() => {
  world = new EnvironmentsFixture();
});
afterEach(() => world.stop());

/** One that looks again of itself once a minute. */
const slow = (provider: GitOpsProvider = world.gitops, slots = 20): EnvironmentReconciler => {
  const { environments, clock } = world;
  const reconciler = new EnvironmentReconciler({
    ...{ environments, clock, random: seededRandom('one'), pace: { followMs: 60_000 }, slots },
    provider: () => provider,
    policy: () => world.policy,
    onFault: (fault) => world.faults.push(fault),
  });
  world.start(reconciler);
  return reconciler;
};

test('an environment is looked at as soon as a watch tells that something changed in its namespace', async () => {
  await world.register();
  const reconciler = slow();
  await world.pass(1000);
  world.gitops.becomeHealthy('review-pr-1');
  reconciler.changed('default', 'payments');
  reconciler.changed('elsewhere', 'review-pr-1');
  await world.pass(1000);
  expect((await world.state())?.status).toBe('provisioning');
  reconciler.changed('default', 'review-pr-1');
  await world.pass(1);
  expect((await world.state())?.status).toBe('warm');
  expect(world.faults).toEqual([]);
});

test('a change while it is being looked at is looked at, too', async () => {
  await world.register();
  let tell = (): void => undefined;
  const { bring } = world.gitops;
  const talkative: GitOpsProvider['bring'] = async (target, signal) => {
    const seen = await bring(target, signal);
    if (seen.health !== 'healthy') {
      world.gitops.becomeHealthy('review-pr-1'); // after it was seen, before that is settled
      tell();
    }
    return seen;
  };
  const reconciler = slow({ ...world.gitops, bring: talkative });
  tell = () => reconciler.changed('default', 'review-pr-1');
  await world.pass(300);
  await world.pass(1);
  expect((await world.state())?.status).toBe('warm');
});

test('what waits for a slot has it as soon as one is free', async () => {
  world.gitops.healAtOnce(true);
  const ids = ['e1', 'e2', 'e3', 'e4', 'e5'];
  for (const id of ids) await world.register(id, { context: id, namespace: `review-${id}` });
  slow(world.gitops, 1);
  await world.pass(1);
  const states = await Promise.all(ids.map((id) => world.state(id)));
  expect(states.map((state) => state?.status)).toEqual(ids.map(() => 'warm'));
});

test('what is told often before it can be passed on is passed on once, and nothing of what nobody looks after', async () => {
  const asked: string[] = [];
  const environments = {
    lookAgain: async (cluster: string, namespace: string) => asked.push(`${cluster}/${namespace}`) > 0,
  };
  let woken = 0;
  const hints = new EnvironmentHints({
    environments,
    onFault: (fault) => world.faults.push(fault),
    onWork: () => woken++,
  });
  const place = { cluster: 'default', namespace: 'review-1' };
  hints.follow(place);
  for (let times = 0; times < 5; times++) hints.changed(place);
  hints.changed({ ...place, namespace: 'payments' });
  await world.pass(0);
  expect(asked.length).toBeLessThanOrEqual(2);
  expect([asked[0], woken]).toEqual(['default/review-1', asked.length]);
  asked.length = 0;
  hints.forget(place);
  hints.changed(place);
  await hints.stop();
  expect(asked).toEqual([]);
});

test('a hint that cannot be passed on is told of, and the next one is', async () => {
  let isAway = true;
  const environments = {
    lookAgain: async () => {
      if (isAway) throw new Error('connection refused');
      return true;
    },
  };
  let woken = 0;
  const hints = new EnvironmentHints({
    environments,
    onFault: (fault) => world.faults.push(fault),
    onWork: () => woken++,
  });
  const place = { cluster: 'default', namespace: 'review-1' };
  hints.follow(place);
  hints.changed(place);
  await world.pass(0);
  expect([world.faults.length, woken]).toEqual([1, 0]);
  isAway = false;
  hints.changed(place);
  await world.pass(0);
  expect([world.faults.length, woken]).toEqual([1, 1]);
});
