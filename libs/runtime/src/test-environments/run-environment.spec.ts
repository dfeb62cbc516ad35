import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import type { EnvironmentWish } from '@testmesh/engine';
import type { GitOpsProvider, TestEnvironments } from '@testmesh/ports';
import { seededRandom } from '../seeded-random.ts';
import { EnvironmentSweeper } from './environment-sweeper.ts';
import { EnvironmentsFixture, MINUTE } from './environments.fixture.ts';
import { type RunEnvironment, runEnvironments } from './run-environment.ts';

const LEASE_MS = 15_000;
const FULL = { context: 'pr-1', namespace: 'review-pr-1', routing_policy: { orders: 'http://orders.review-pr-1' } };

describe('a run that asks for a test environment', () => {
  let world: EnvironmentsFixture;
  let waits: string[];
  const faults: unknown[] = [];
  beforeEach(() => {
    world = new EnvironmentsFixture();
    waits = [];
    faults.length = 0;
  });
  afterEach(() => world.stop());

  const of = (runId: string): RunEnvironment =>
    runEnvironments({
      ...{ environments: world.environments, clock: world.clock, leaseMs: LEASE_MS },
      onFault: (fault) => faults.push(fault),
    })({ runId, workspace: 'acme' });
  const wish = (wanted: ValueMap = FULL, over: Partial<EnvironmentWish> = {}): EnvironmentWish => ({
    ...{ wanted, had: undefined, signal: new AbortController().signal },
    onWait: ({ status }) => waits.push(status),
    ...over,
  });
  const entered = async (run: RunEnvironment, wanted?: ValueMap) => {
    const entering = await run.enter(wish(wanted));
    if (entering.outcome !== 'entered') throw new Error(JSON.stringify(entering));
    return entering.environment;
  };
  const sweep = () => {
    const { environments, clock } = world;
    const onFault = (fault: unknown) => faults.push(fault);
    world.start(new EnvironmentSweeper({ environments, clock, random: seededRandom('s'), onFault }));
  };

  test('has one made, waits for it, and is told how it stands meanwhile', async () => {
    world.gitops.healAtOnce(false);
    world.reconcile();
    const entering = of('r1').enter(wish());
    await world.pass(2000);
    world.gitops.becomeHealthy('review-pr-1');
    await world.pass(2000);
    expect(await entering).toMatchObject({
      outcome: 'entered',
      environment: { context: 'pr-1', name: 'pr-1', routes: FULL.routing_policy, reused: false, epoch: 1 },
    });
    expect(waits).toEqual(['cold', 'provisioning']);
  });

  test('waits for one of its context to be gone that still has the names, and has it made anew', async () => {
    await world.ready();
    world.gitops.hold('review-pr-1');
    await world.destroy();
    const entering = of('r1').enter(wish());
    await world.pass(2000);
    expect(waits).toEqual(['warm']);
    world.gitops.letGo('review-pr-1');
    for (let times = 0; times < 20; times++) await world.pass(500);
    expect(await entering).toMatchObject({ outcome: 'entered', environment: { context: 'pr-1', reused: false } });
    expect((await world.state())?.status).toBe('destroyed');
  });

  test('has one whose time is over made anew, whether the sweep has come by or not', async () => {
    world.gitops.healAtOnce(true);
    await world.register('e1', { ttlMinutes: 1 });
    world.reconcile();
    await world.pass(MINUTE + 2000);
    const entering = of('r1').enter(wish({ context: 'pr-1' }));
    for (let times = 0; times < 20; times++) await world.pass(500);
    const seen = await entering;
    expect(seen).toMatchObject({ outcome: 'entered', environment: { name: 'PR-1', reused: false, epoch: 1 } });
    expect(seen.outcome === 'entered' && seen.environment.id).not.toBe('e1');
    expect(await world.state()).toMatchObject({ status: 'destroyed', destroying: { by: 'the sweep' } });
    expect(world.gitops.namespaces()).toEqual(['review-pr-1']);
  });

  test('has it made anew also when the one that had the names goes while it asks who has them', async () => {
    await world.ready();
    world.gitops.hold('review-pr-1');
    await world.destroy();
    const environments = world.environments as { list: TestEnvironments['list'] };
    const { list } = world.environments;
    environments.list = async (query) => {
      await world.environments.request('e1', { type: 'CompleteDestroy' });
      return list.call(world.environments, query);
    };
    const entering = of('r1').enter(wish());
    await world.pass(1);
    expect(waits).toEqual(['cold']);
    world.gitops.removeByHand('review-pr-1');
    for (let times = 0; times < 10; times++) await world.pass(500);
    expect(await entering).toMatchObject({ outcome: 'entered', environment: { context: 'pr-1', reused: false } });
  });

  test('has another one made when the one that it waits for is destroyed meanwhile', async () => {
    const entering = of('r1').enter(wish());
    await world.pass(200);
    const { items } = await world.environments.list({ workspace: 'acme', limit: 10, offset: 0 });
    const first = items[0]?.id ?? '';
    await world.environments.request(first, { type: 'RequestDestroy', by: 'ada', reason: 'x', force: false });
    world.gitops.healAtOnce(true);
    world.reconcile();
    for (let times = 0; times < 20; times++) await world.pass(500);
    expect(await entering).toMatchObject({ outcome: 'entered', environment: { context: 'pr-1' } });
    expect((await world.state(first))?.status).toBe('destroyed');
  });

  test('reaches what its provider found in the namespace, unless its routing policy says otherwise', async () => {
    const { bring } = world.gitops;
    const found = (name: string) => ({ kind: 'Service', name, uid: name, url: `http://${name}.review-pr-1` });
    const withServices: GitOpsProvider['bring'] = async (target, signal) => {
      const seen = await bring(target, signal);
      if (seen.health !== 'healthy') return seen;
      return { ...seen, resources: [...seen.resources, found('orders'), found('users')] };
    };
    world.provider = { ...world.gitops, bring: withServices };
    world.gitops.healAtOnce(true);
    world.reconcile();
    const policy = {
      users: 'http://users.elsewhere',
      stock: 'http://stock.staging',
      prices: 'http://prices.review-pr-1.svc.cluster.local:80',
    };
    const entering = of('r1').enter(wish({ ...FULL, routing_policy: policy }));
    await world.pass(2000);
    expect(await entering).toMatchObject({
      outcome: 'entered',
      environment: { routes: { orders: 'http://orders.review-pr-1', ...policy }, deployed: ['orders', 'prices'] },
    });
  });

  test('has a warm one at once, whatever made it', async () => {
    await world.ready();
    expect(await entered(of('r1'), { context: 'pr-1' })).toMatchObject({
      id: 'e1',
      name: 'PR-1',
      reused: true,
      waitedMs: 0,
    });
    expect(waits).toEqual([]);
  });

  test('keeps it as long as it runs, and gives it back when its end is on record', async () => {
    await world.ready();
    sweep();
    const run = of('r1');
    await entered(run, { context: 'pr-1' });
    for (let times = 0; times < 8; times++) await world.pass(LEASE_MS / 2);
    expect(await world.state()).toMatchObject({ status: 'running', run: 'r1' });
    await run.release('the run has ended');
    expect(await world.state()).toMatchObject({ status: 'cooling' });
    expect(faults).toEqual([]);
  });

  test('loses it when its executor dies: the lease ends, and the next run has it', async () => {
    await world.ready();
    sweep();
    const run = of('r1');
    await entered(run, { context: 'pr-1' });
    run.abandon();
    const next = of('r2').enter(wish({ context: 'pr-1' }));
    for (let times = 0; times < 8; times++) await world.pass(LEASE_MS / 4);
    expect(await next).toMatchObject({ outcome: 'entered', environment: { id: 'e1', epoch: 2 } });
    expect(waits).toEqual(['running']);
  });

  test('takes it up again elsewhere as it was left, and only so', async () => {
    await world.ready();
    const dead = of('r1');
    const { id, epoch } = await entered(dead, { context: 'pr-1' });
    dead.abandon();
    const had = { id, epoch };
    const resumed = await of('r1').enter(wish({ context: 'pr-1' }, { had }));
    expect(resumed).toMatchObject({ outcome: 'entered', environment: { id, epoch } });
    await world.environments.release({ id, run: 'r1', epoch }, 'the run ended');
    const other = of('r2');
    await entered(other, { context: 'pr-1' });
    const late = await of('r1').enter(wish({ context: 'pr-1' }, { had }));
    expect(late).toMatchObject({ outcome: 'gone', message: expect.stringContaining('given to another run') });
    await other.release('the run has ended');
    await world.environments.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'x', force: false });
    const last = await of('r1').enter(wish({ context: 'pr-1' }, { had: { id, epoch: 2 } }));
    expect(last).toMatchObject({ outcome: 'gone', message: expect.stringContaining('was destroyed') });
  });

  describe('is told why it gets none', () => {
    const refusal = async (wanted: ValueMap = FULL, run = of('r9')) => {
      const entering = await run.enter(wish(wanted));
      return entering.outcome === 'refused' ? entering.error : entering;
    };

    test('when the provisioning failed', async () => {
      world.reconcile();
      const entering = of('r1').enter(wish());
      await world.pass(1000);
      world.gitops.degrade('review-pr-1', 'no such image');
      await world.pass(2000);
      expect(await entering).toMatchObject({
        outcome: 'refused',
        error: { code: 'TM5091', message: 'the test environment pr-1 could not be provisioned: no such image' },
      });
    });

    test('when it took too long, and it waits for it no more', async () => {
      const entering = of('r1').enter(wish({ ...FULL, wait_minutes: 1 }));
      for (let times = 0; times < 300; times++) await world.pass(250);
      expect(await entering).toMatchObject({ outcome: 'refused', error: { code: 'TM5092' } });
      expect(await entering).toMatchObject({
        error: { message: expect.stringContaining('within 1 minute: nobody has begun to provision it') },
      });
    });

    test('when another run uses it and it was not to wait', async () => {
      await world.ready();
      await entered(of('r1'), { context: 'pr-1' });
      expect(await refusal({ context: 'pr-1', on_busy: 'fail' })).toMatchObject({
        ...{ code: 'TM5093', message: expect.stringContaining('the run r1 uses it') },
      });
    });

    test('when there is none and nobody said how one is made, or its names are taken', async () => {
      expect(await refusal({ context: 'pr-7' })).toMatchObject({ code: 'TM5094' });
      await world.ready();
      expect(await refusal({ context: 'pr-7', namespace: 'review-pr-1' })).toMatchObject({
        ...{ code: 'TM5094', message: expect.stringContaining('the namespace review-pr-1 belongs to another') },
      });
    });

    test('when what it asked for cannot be read', async () => {
      expect(await refusal({ context: '', ttl_minutes: 'soon' })).toMatchObject({ code: 'TM5096' });
    });

    test('not at all when it is cancelled while it waits: it leaves the queue', async () => {
      await world.ready();
      await entered(of('r1'), { context: 'pr-1' });
      const stop = new AbortController();
      const entering = of('r2').enter(wish({ context: 'pr-1' }, { signal: stop.signal }));
      await world.pass(500);
      stop.abort('asked by ada');
      await expect(entering).rejects.toBe('asked by ada');
      const after = of('r3').enter(wish({ context: 'pr-1' }));
      await world.pass(300);
      await world.environments.release({ id: 'e1', run: 'r1', epoch: 1 }, 'the run ended');
      await world.pass(500);
      expect(await after).toMatchObject({ outcome: 'entered', environment: { epoch: 2 } });
    });
  });

  describe('is told that it lost its environment', () => {
    const lossAfter = async (act: () => unknown, ms = LEASE_MS): Promise<string> => {
      await world.ready();
      const { lost } = await entered(of('r1'), { context: 'pr-1' });
      await act();
      for (let passed = 0; passed < ms; passed += 1000) await world.pass(1000);
      expect(lost.aborted).toBe(true);
      return String(lost.reason);
    };

    test('when somebody destroyed it by force', async () => {
      const why = await lossAfter(() => world.destroy(true));
      expect(why).toContain('lost under the run: ada destroyed it while the run was using it');
    });

    test('when its namespace was deleted by hand', async () => {
      const why = await lossAfter(() => world.gitops.removeByHand('review-pr-1'), 2 * MINUTE);
      expect(why).toContain('the namespace "review-pr-1" is not there');
    });

    test('when the keeper cannot be reached for longer than the lease', async () => {
      const environments = world.environments as { extend: unknown };
      const why = await lossAfter(() => {
        environments.extend = async () => {
          throw new Error('connection refused');
        };
      }, 3 * LEASE_MS);
      expect(why).toContain('could not be extended in time');
      expect(faults.length).toBeGreaterThan(0);
    });
  });
});
