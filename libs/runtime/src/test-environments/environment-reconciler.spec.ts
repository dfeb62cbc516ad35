import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { EnvironmentsFixture, MINUTE, wanted } from './environments.fixture.ts';

let world: EnvironmentsFixture;
beforeEach(() => {
  world = new EnvironmentsFixture();
});
afterEach(() => world.stop());

describe('an environment that is made ready', () => {
  test('is warm soon after its provider says that it is healthy', async () => {
    await world.register();
    world.reconcile();
    await world.pass(5000);
    expect(await world.state()).toMatchObject({ status: 'provisioning', resources: [{ uid: 'uid-1' }] });
    world.gitops.becomeHealthy('review-pr-1');
    await world.pass(1000);
    expect((await world.state())?.status).toBe('warm');
  });

  test('N1: is made ready by another process when the first one died between the fact and its effect', async () => {
    await world.register();
    await world.environments.request('e1', { type: 'StartProvisioning' });
    expect(await world.environments.takeWork(1, 40_000)).toHaveLength(1);
    world.gitops.healAtOnce(true);
    world.reconcile();
    await world.pass(39_000);
    expect((await world.state())?.status).toBe('provisioning');
    await world.pass(2000);
    expect((await world.state())?.status).toBe('warm');
    expect(world.gitops.namespaces()).toEqual(['review-pr-1']);
  });

  test('fails with its provider’s words when it is degraded', async () => {
    await world.register();
    world.reconcile();
    await world.pass(1000);
    world.gitops.degrade('review-pr-1', 'the Deployment orders crashes');
    await world.pass(1000);
    expect(await world.state()).toMatchObject({ status: 'cold', error: 'the Deployment orders crashes', attempts: 1 });
  });

  test('fails at its deadline when it only ever progresses', async () => {
    await world.register();
    world.reconcile();
    await world.pass(14 * MINUTE);
    expect((await world.state())?.status).toBe('provisioning');
    await world.pass(1 * MINUTE + 1000);
    expect(await world.state()).toMatchObject({
      ...{ status: 'cold', error: 'it was not ready within 15 minutes: the namespace "review-pr-1" is not ready' },
    });
  });

  test('fails at its deadline with that text when what it is made by never appears', async () => {
    world.provider = { ...world.gitops, bring: world.gitops.observe };
    await world.register('e1', { readyWithinMinutes: 1 });
    world.reconcile();
    await world.pass(62_000);
    expect(await world.state()).toMatchObject({
      ...{ status: 'cold', error: 'it was not ready within 1 minute: the namespace "review-pr-1" is not there' },
    });
  });

  test('N4: survives minutes of silence, and fails at its deadline when they last', async () => {
    world.gitops.healAtOnce(true);
    world.gitops.cutOff(new Error('connect ECONNREFUSED'));
    await world.register();
    await world.register('e2', { namespace: 'review-pr-2', readyWithinMinutes: 30 });
    world.reconcile();
    await world.pass(16 * MINUTE);
    expect(await world.state()).toMatchObject({
      status: 'cold',
      error: 'it was not ready within 15 minutes: the cluster "default" could not be asked: connect ECONNREFUSED',
    });
    world.gitops.cutOff();
    await world.pass(1000);
    expect((await world.state('e2'))?.status).toBe('warm');
  });

  test('fails where nothing of its provider’s name is configured', async () => {
    world.provider = undefined;
    await world.register();
    world.reconcile();
    await world.pass(1000);
    expect(await world.state()).toMatchObject({
      ...{ status: 'cold', error: 'no provider "argocd" is configured for the cluster "default"' },
    });
  });

  test('N2: fails before anything is made when its name is not allowed', async () => {
    world.policy = { ...world.policy, namespaces: ['other-*'] };
    await world.register();
    world.reconcile();
    await world.pass(1000);
    expect(await world.state()).toMatchObject({
      status: 'cold',
      error: expect.stringContaining('may not use the namespace'),
    });
    expect(world.gitops.namespaces()).toEqual([]);
  });
});

describe('an environment that is ready', () => {
  test('is destroyed when its namespace was deleted by hand', async () => {
    await world.ready();
    world.gitops.removeByHand('review-pr-1');
    await world.pass(31_000);
    expect(await world.state()).toMatchObject({
      ...{ status: 'destroyed', destroying: { reason: 'the namespace "review-pr-1" is not there' } },
    });
  });

  test('stays with the run that uses it when its namespace was deleted by hand, which is told, and goes after it', async () => {
    await world.ready();
    await world.environments.acquire({ ...wanted, leaseMs: 10 * MINUTE });
    world.gitops.removeByHand('review-pr-1');
    await world.pass(MINUTE);
    expect(await world.state()).toMatchObject({ status: 'running', error: 'the namespace "review-pr-1" is not there' });
    await world.environments.release({ id: 'e1', run: 'r1', epoch: 1 }, 'the run ended');
    await world.pass(1000);
    expect((await world.state())?.status).toBe('destroyed');
  });

  test('is given to nobody while it is degraded, and again once it is well', async () => {
    await world.ready();
    world.gitops.degrade('review-pr-1', 'the Deployment orders crashes');
    await world.pass(31_000);
    expect(await world.state()).toMatchObject({ status: 'cooling', error: 'the Deployment orders crashes' });
    expect(await world.environments.acquire(wanted)).toMatchObject({ outcome: 'waiting', id: 'e1' });
    world.gitops.becomeHealthy('review-pr-1');
    await world.pass(1000);
    expect(await world.environments.acquire(wanted)).toMatchObject({ outcome: 'acquired', id: 'e1' });
  });

  test('N4: is given to nobody after its cluster was silent for minutes, and again once it answers', async () => {
    await world.ready();
    world.gitops.cutOff(new Error('connect ECONNREFUSED'));
    await world.pass(MINUTE);
    expect((await world.state())?.status).toBe('warm');
    await world.pass(3 * MINUTE);
    expect(await world.state()).toMatchObject({
      ...{ status: 'cooling', error: 'the cluster "default" could not be asked: connect ECONNREFUSED' },
    });
    world.gitops.cutOff();
    await world.pass(1000);
    expect((await world.state())?.status).toBe('warm');
  });

  test('N3: is looked at again after a call that never ended', async () => {
    await world.ready();
    const calls: string[] = [];
    world.provider = {
      ...world.gitops,
      observe: ({ id }, signal) => {
        calls.push(id);
        return new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    };
    await world.pass(2 * MINUTE);
    expect(calls.length).toBeGreaterThan(3);
  });
});

describe('the end of an environment', () => {
  test('is told only when nothing of it is left, and shows what hinders it', async () => {
    await world.ready();
    world.gitops.hold('review-pr-1');
    await world.destroy();
    await world.pass(4 * MINUTE);
    expect(await world.state()).toMatchObject({ status: 'warm', destroying: { by: 'ada' } });
    expect(await world.state()).not.toHaveProperty('error');
    await world.pass(2 * MINUTE);
    expect(await world.state()).toMatchObject({
      ...{ status: 'warm', error: 'the namespace "review-pr-1" is still there: a finalizer holds it' },
    });
    world.gitops.letGo('review-pr-1');
    await world.pass(11_000);
    expect((await world.state())?.status).toBe('destroyed');
    expect(world.gitops.namespaces()).toEqual([]);
  });

  test('comes although its cluster was silent for a while', async () => {
    await world.ready();
    world.gitops.cutOff(new Error('connect ECONNREFUSED'));
    await world.destroy();
    await world.pass(6 * MINUTE);
    expect(await world.state()).toMatchObject({ status: 'warm', error: expect.stringContaining('ECONNREFUSED') });
    world.gitops.cutOff();
    await world.pass(11_000);
    expect((await world.state())?.status).toBe('destroyed');
  });

  test('N2: deletes nothing under a name that is not allowed any more, and says so', async () => {
    await world.ready();
    world.policy = { ...world.policy, reserved: ['review-pr-1'] };
    await world.destroy();
    await world.pass(2000);
    expect(await world.state()).toMatchObject({
      ...{ status: 'warm', error: expect.stringMatching(/^nothing was deleted: the namespace "review-pr-1" belongs/) },
    });
    expect(world.gitops.namespaces()).toEqual(['review-pr-1']);
  });

  test('comes at once to one of which nothing was ever made, whatever was wrong with it', async () => {
    world.provider = undefined;
    await world.register();
    world.reconcile();
    await world.pass(1000);
    await world.destroy();
    await world.pass(1000);
    expect((await world.state())?.status).toBe('destroyed');
  });

  test('by force comes while a run uses it', async () => {
    await world.ready();
    await world.environments.acquire(wanted);
    await world.destroy();
    await world.pass(5000);
    expect((await world.state())?.status).toBe('running');
    await world.destroy(true);
    await world.pass(1000);
    expect((await world.state())?.status).toBe('destroyed');
  });
});
