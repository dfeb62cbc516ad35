import { beforeEach, describe, expect, test } from '@jest/globals';
import { configStream } from '@testmesh/domain';
import { actsOn, environmentSpec, type TestEnvironmentWorld } from './test-environment-world.ts';

const MINUTE = 60_000;

/** What every keeper of test environments must keep: rows, names and the work on them. */
export const testEnvironmentsContract = (
  name: string,
  create: () => TestEnvironmentWorld | Promise<TestEnvironmentWorld>,
): void =>
  describe(`${name} keeps test environments`, () => {
    let world: TestEnvironmentWorld;
    let acts: ReturnType<typeof actsOn>;
    beforeEach(async () => {
      world = await create();
      acts = actsOn(world);
    });
    const statusOf = async (id: string) => (await world.environments.find(id))?.state.status;
    const destroy = async (id: string) => {
      const reason = 'not needed';
      await acts.request(id, { type: 'RequestDestroy', by: 'ada', reason, force: false }, { type: 'CompleteDestroy' });
    };

    describe('a registration', () => {
      test('keeps what was asked for, cold', async () => {
        expect(await acts.register(1)).toMatchObject({ ok: true, environment: { id: 'e1', workspace: 'acme' } });
        const found = await world.environments.find('e1');
        expect(found?.state).toMatchObject({ status: 'cold', spec: environmentSpec(1) });
        expect(await acts.register(1)).toEqual({ ok: false, refusal: 'TestEnvironmentAlreadyRegistered' });
        expect(await world.environments.find('e2')).toBeUndefined();
      });

      test('E3: is refused a namespace or an application that another workspace has, until that is destroyed', async () => {
        await acts.register(1);
        const namespace = 'review-pr-1';
        expect(await acts.register(2, { namespace }, 'other')).toEqual({ ok: false, refusal: 'NamespaceTaken' });
        const application = { applicationName: 'testmesh-pr-1' };
        expect(await acts.register(3, application, 'other')).toEqual({ ok: false, refusal: 'ApplicationTaken' });
        expect(await acts.register(4, { namespace, cluster: 'eu' }, 'other')).toMatchObject({ ok: true });
        expect(await acts.register(5, { ...application, provider: 'flux' }, 'other')).toMatchObject({ ok: true });
        await destroy('e1');
        expect(await acts.register(6, { namespace, ...application }, 'other')).toMatchObject({ ok: true });
      });

      test('E3: gives a name to one of many who ask for it at once', async () => {
        const all = await Promise.all(
          [1, 2, 3, 4, 5, 6].map((number) => acts.register(number, { namespace: 'review-one' })),
        );
        expect(all.filter(({ ok }) => ok)).toHaveLength(1);
      });
    });

    test('a list shows the workspace its own, newest first, without what is destroyed', async () => {
      for (const number of [1, 2, 3]) await acts.register(number);
      await acts.register(4, {}, 'other');
      await destroy('e2');
      const ids = async (over: object = {}) => {
        const { items, total } = await world.environments.list({ workspace: 'acme', limit: 10, offset: 0, ...over });
        return [total, ...items.map(({ id }) => id)];
      };
      expect(await ids()).toEqual([2, 'e3', 'e1']);
      expect(await ids({ withDestroyed: true })).toEqual([3, 'e3', 'e2', 'e1']);
      expect(await ids({ context: 'pr-1' })).toEqual([1, 'e1']);
      expect(await ids({ limit: 1, offset: 1 })).toEqual([2, 'e1']);
    });

    test('a request that is refused says why and changes nothing', async () => {
      await acts.register(1);
      expect(await world.environments.request('e1', { type: 'CompleteDestroy' })).toEqual({
        ...{ ok: false, refusal: 'DestroyNotRequested' },
      });
      expect(await world.environments.request('e9', { type: 'CompleteDestroy' })).toEqual({
        ...{ ok: false, refusal: 'TestEnvironmentNotFound' },
      });
      expect(await statusOf('e1')).toBe('cold');
    });

    describe('work', () => {
      const take = () => world.environments.takeWork(10, 30_000);

      test('E4: is given to one process at a time, and again when that one is not heard of', async () => {
        await acts.register(1);
        const [work] = await take();
        expect(work).toMatchObject({ id: 'e1', state: { status: 'cold' } });
        expect(await take()).toEqual([]);
        world.advance(30_001);
        const [again] = await take();
        expect(again?.id).toBe('e1');
        if (work === undefined || again === undefined) throw new Error('no work was there');
        expect(await world.environments.settle(work, [{ type: 'StartProvisioning' }], 1000)).toBe(false);
        expect(await statusOf('e1')).toBe('cold');
        expect(await world.environments.settle(again, [{ type: 'StartProvisioning' }], 1000)).toBe(true);
        expect(await statusOf('e1')).toBe('provisioning');
      });

      test('E4: is shared out by many who ask at once', async () => {
        for (let number = 1; number <= 12; number++) await acts.register(number);
        const taken = await Promise.all([1, 2, 3, 4].map(() => world.environments.takeWork(5, 30_000)));
        const ids = taken.flat().map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect((await take()).length + ids.length).toBe(12);
      });

      test('comes again when it was asked to', async () => {
        await acts.register(1);
        for (const work of await take()) await world.environments.settle(work, [], 5000);
        world.advance(4999);
        expect(await take()).toEqual([]);
        world.advance(1);
        expect(await take()).toHaveLength(1);
      });

      test('comes again at once when somebody changed the environment meanwhile, and not before it is settled', async () => {
        await acts.register(1);
        const taken = await take();
        await acts.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
        expect(await take()).toEqual([]);
        for (const work of taken) await world.environments.settle(work, [], 5000);
        expect(await take()).toMatchObject([{ state: { destroying: { by: 'ada' } } }]);
      });

      test('comes at once when something changed in the namespace, also while somebody is looking', async () => {
        await acts.register(1);
        for (const work of await take()) await world.environments.settle(work, [], 30_000);
        const look = () => world.environments.lookAgain('default', 'review-pr-1');
        expect(await world.environments.lookAgain('other', 'review-pr-1')).toBe(false);
        expect(await world.environments.lookAgain('default', 'payments')).toBe(false);
        world.advance(10);
        expect(await look()).toBe(true);
        expect(await look()).toBe(false); // it is due already
        const taken = await take();
        expect(taken).toHaveLength(1);
        world.advance(10);
        expect(await look()).toBe(true);
        expect(await take()).toEqual([]);
        for (const work of taken) await world.environments.settle(work, [], 30_000);
        expect(await take()).toHaveLength(1);
        await acts.request('e1', { type: 'StartProvisioning' }, { type: 'FailProvisioning', error: 'too slow' });
        expect(await look()).toBe(false);
      });

      test('is not there for a failed environment, nor for one whose end waits for its run', async () => {
        await acts.register(1);
        await acts.request('e1', { type: 'StartProvisioning' }, { type: 'FailProvisioning', error: 'too slow' });
        expect(await take()).toEqual([]);
        await acts.warm(2, { context: 'pr-1' });
        expect(await acts.acquire('r1')).toMatchObject({ outcome: 'acquired', id: 'e2' });
        await acts.request('e2', { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
        expect(await take()).toEqual([]);
        await world.environments.release({ id: 'e2', run: 'r1', epoch: 1 }, 'the run ended');
        expect(await take()).toMatchObject([{ id: 'e2', state: { status: 'cooling', destroying: { by: 'ada' } } }]);
      });

      test('settles what was decided, and leaves out what is refused', async () => {
        await acts.register(1);
        const [work] = await take();
        if (work === undefined) throw new Error('no work was there');
        const requests = [
          { type: 'CompleteDestroy' },
          { type: 'StartProvisioning' },
          { type: 'ReportHealthy' },
        ] as const;
        expect(await world.environments.settle(work, requests, 0)).toBe(true);
        expect(await statusOf('e1')).toBe('warm');
      });
    });

    test('E5: who asked for an environment and for its end is told to the audit of its workspace, how it was used is not', async () => {
      await acts.warm(1);
      await acts.acquire('r1');
      await world.environments.release({ id: 'e1', run: 'r1', epoch: 1 }, 'the run ended');
      await acts.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'merged', force: false });
      await acts.register(2, {}, 'other');
      await acts.request('e1', { type: 'CompleteDestroy' });
      const told: unknown[] = [];
      for await (const { ver, type, actor, data } of world.journal.read(configStream('acme')))
        told.push({ ver, type, actor, data });
      const about = { id: 'e1', context: 'pr-1', namespace: 'review-pr-1' };
      expect(told).toMatchObject([
        {
          ...{ ver: 1, type: 'TestEnvironmentRegistered', actor: 'ada' },
          data: { ...about, provider: 'argocd', provider_app_name: 'testmesh-pr-1', ttl_minutes: 60 },
        },
        { ver: 2, type: 'DestroyRequested', actor: 'ada', data: { ...about, reason: 'merged', forced: false } },
        { ver: 3, type: 'TestEnvironmentDestroyed', actor: 'environments', data: about },
      ]);
      expect(told).toHaveLength(3);
    });

    describe('a sweep', () => {
      test('asks for the end of what nobody used for its TTL, once however many sweep', async () => {
        for (const number of [1, 2, 3, 4]) await acts.warm(number);
        await acts.warm(5, { ttlMinutes: 120 });
        await acts.warm(6, { context: 'held' });
        await acts.acquire('r1', {
          context: 'held',
          environment: { id: 'e9', spec: environmentSpec(9, { context: 'held' }) },
        });
        world.advance(60 * MINUTE);
        expect(await world.environments.sweep(10)).toEqual([]);
        world.advance(1);
        const swept = await Promise.all([1, 2, 3].map(() => world.environments.sweep(10)));
        expect(swept.flat().toSorted()).toEqual(['e1', 'e2', 'e3', 'e4']);
        expect((await world.environments.find('e1'))?.state).toMatchObject({
          destroying: { by: 'the sweep', reason: 'it was not used for 60 minutes' },
        });
      });

      test('takes at most as many as it is told', async () => {
        for (const number of [1, 2, 3]) await acts.warm(number);
        world.advance(61 * MINUTE);
        expect(await world.environments.sweep(2)).toHaveLength(2);
        expect(await world.environments.sweep(2)).toHaveLength(1);
      });
    });

    test('what was destroyed long enough ago is forgotten, and nothing else', async () => {
      for (const number of [1, 2]) await acts.register(number);
      await destroy('e1');
      world.advance(MINUTE);
      expect(await world.environments.forget(MINUTE, 10)).toBe(0);
      world.advance(1);
      expect(await world.environments.forget(MINUTE, 10)).toBe(1);
      expect(await world.environments.find('e1')).toBeUndefined();
      expect(await statusOf('e2')).toBe('cold');
    });
  });
