import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { actsOn, environmentSpec, foldedEnvironment, type TestEnvironmentWorld } from './test-environment-world.ts';

const MINUTE = 60_000;

/** What every keeper of test environments must keep: who is given one, and for how long. */
export const environmentLeasesContract = (
  name: string,
  create: () => TestEnvironmentWorld | Promise<TestEnvironmentWorld>,
  numRuns: number,
): void =>
  describe(`${name} gives test environments to runs`, () => {
    let world: TestEnvironmentWorld;
    let acts: ReturnType<typeof actsOn>;
    beforeEach(async () => {
      world = await create();
      acts = actsOn(world);
    });
    const release = (run: string, epoch: number) =>
      world.environments.release({ id: 'e1', run, epoch }, 'the run ended');
    const askByContext = (id: string) => acts.acquire('r1', { environment: { id } });
    const hurry = (id: string) => acts.request(id, { type: 'StartProvisioning' }, { type: 'ReportHealthy' });

    test('a run that finds none has one registered, waits for it, and has it', async () => {
      expect(await acts.acquire('r1')).toEqual({ outcome: 'waiting', id: 'e1', status: 'cold' });
      await acts.request('e1', { type: 'StartProvisioning' });
      expect(await acts.acquire('r1')).toEqual({ outcome: 'waiting', id: 'e1', status: 'provisioning' });
      await acts.request('e1', { type: 'ReportHealthy' });
      const acquired = await acts.acquire('r1');
      expect(acquired).toEqual({
        ...{ outcome: 'acquired', id: 'e1', epoch: 1, spec: environmentSpec(1), resources: [] },
      });
      expect(await acts.acquire('r1')).toEqual(acquired);
    });

    test('a warm one is reused at once, under the next epoch', async () => {
      await acts.warm(1);
      expect(await acts.acquire('r1')).toMatchObject({ outcome: 'acquired', epoch: 1 });
      expect(await release('r1', 1)).toBe(true);
      expect(await release('r1', 1)).toBe(false);
      expect(await acts.acquire('r2', { id: 'e2' })).toMatchObject({ outcome: 'acquired', id: 'e1', epoch: 2 });
    });

    test('the context of another workspace is another context', async () => {
      await acts.warm(1);
      expect(await acts.acquire('r1', { id: 'e2', workspace: 'other' })).toMatchObject({
        outcome: 'waiting',
        id: 'e2',
      });
    });

    test('a busy one is waited for in the order of coming', async () => {
      await acts.warm(1);
      await acts.acquire('r1');
      for (const run of ['r2', 'r3']) expect(await acts.acquire(run)).toMatchObject({ outcome: 'waiting', id: 'e1' });
      await release('r1', 1);
      expect(await acts.acquire('r3')).toMatchObject({ outcome: 'waiting' });
      expect(await acts.acquire('r2')).toMatchObject({ outcome: 'acquired', epoch: 2 });
    });

    test('who waits and is not heard of loses the place, and who leaves gives it up', async () => {
      await acts.warm(1);
      await acts.acquire('r1');
      for (const run of ['r2', 'r3', 'r4']) await acts.acquire(run);
      await release('r1', 1);
      world.advance(9000);
      await acts.acquire('r4');
      world.advance(2000);
      expect(await acts.acquire('r4')).toMatchObject({ outcome: 'acquired' });
      await acts.acquire('r5');
      await acts.acquire('r6');
      await world.environments.leave('r5');
      await release('r4', 2);
      expect(await acts.acquire('r6')).toMatchObject({ outcome: 'acquired' });
    });

    test('a busy one is left alone where another or none was asked for', async () => {
      await acts.warm(1);
      await acts.acquire('r1');
      expect(await acts.acquire('r2', { onBusy: 'fail' })).toEqual({ outcome: 'busy', id: 'e1', holder: 'r1' });
      expect(await acts.acquire('r3', { onBusy: 'new', id: 'e3' })).toMatchObject({ outcome: 'waiting', id: 'e3' });
    });

    test('where there is none, and nobody says how one is made, there is nothing to wait for', async () => {
      expect(await askByContext('e9')).toEqual({ outcome: 'none' });
      await acts.warm(1);
      expect(await askByContext('e9')).toMatchObject({ outcome: 'acquired', id: 'e1' });
    });

    test('one that was swept is made anew for the run that asks for it, as it was where nobody says more', async () => {
      await acts.warm(1);
      world.advance(60 * MINUTE + 1);
      expect(await world.environments.sweep(10)).toEqual(['e1']);
      await acts.request('e1', { type: 'CompleteDestroy' });
      expect(await askByContext('e2')).toEqual({ outcome: 'waiting', id: 'e2', status: 'cold' });
      await hurry('e2');
      expect(await askByContext('e3')).toMatchObject({ outcome: 'acquired', id: 'e2', spec: environmentSpec(1) });
      expect(await foldedEnvironment(world.journal, 'e2')).toMatchObject({ status: 'running', epoch: 1 });
      expect(await foldedEnvironment(world.journal, 'e1')).toMatchObject({ status: 'destroyed' });
    });

    test('one that is over is on its way out for the run that finds it, before any sweep has come by', async () => {
      await acts.warm(1);
      world.advance(60 * MINUTE + 1);
      const spec = environmentSpec(1);
      const ask = (id: string) => acts.acquire('r1', { environment: { id, spec } });
      expect(await ask('e2')).toEqual({ outcome: 'refused', refusal: 'NamespaceTaken', name: 'review-pr-1' });
      expect((await world.environments.find('e1'))?.state).toMatchObject({ destroying: { by: 'the sweep' } });
      await acts.request('e1', { type: 'CompleteDestroy' });
      expect(await ask('e3')).toEqual({ outcome: 'waiting', id: 'e3', status: 'cold' });
    });

    test('one that somebody destroyed is not made anew for who only names its context', async () => {
      await acts.warm(1);
      await acts.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'merged', force: false });
      expect(await askByContext('e2')).toEqual({ outcome: 'none' });
      await acts.request('e1', { type: 'CompleteDestroy' });
      expect(await askByContext('e3')).toEqual({ outcome: 'none' });
    });

    test('another that would need a name in use is refused', async () => {
      await acts.warm(1);
      await acts.acquire('r1');
      const spec = environmentSpec(1);
      expect(await acts.acquire('r2', { onBusy: 'new', environment: { id: 'e2', spec } })).toEqual({
        ...{ outcome: 'refused', refusal: 'NamespaceTaken', name: 'review-pr-1' },
      });
    });

    test('who waited for a provisioning is told when it fails; who comes later has it tried again', async () => {
      await acts.acquire('r1');
      await acts.request('e1', { type: 'StartProvisioning' }, { type: 'FailProvisioning', error: 'no such image' });
      expect(await acts.acquire('r1')).toEqual({ outcome: 'failed', id: 'e1', error: 'no such image' });
      expect(await acts.acquire('r2')).toEqual({ outcome: 'waiting', id: 'e1', status: 'provisioning' });
      await acts.request('e1', { type: 'ReportHealthy' });
      expect(await acts.acquire('r2')).toMatchObject({ outcome: 'acquired' });
    });

    test('many who ask at once for one environment: one has it, and one is registered at most', async () => {
      const runs = Array.from({ length: 8 }, (_, at) => `r${at}`);
      const asked = await Promise.all(runs.map((run, at) => acts.acquire(run, { id: `e${at + 1}` })));
      expect(new Set(asked.map((outcome) => 'id' in outcome && outcome.id)).size).toBe(1);
      const id = asked.flatMap((outcome) => ('id' in outcome ? [outcome.id] : []))[0] ?? '';
      await hurry(id);
      const outcomes = await Promise.all(runs.map((run) => acts.acquire(run, { id })));
      expect(outcomes.filter(({ outcome }) => outcome === 'acquired')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(7);
    });

    describe('a lease', () => {
      test('that is extended lasts, and ends when nobody extends it', async () => {
        await acts.warm(1);
        await acts.acquire('r1');
        world.advance(50_000);
        expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, 60_000)).toBe(true);
        world.advance(50_000);
        expect(await world.environments.reap(10)).toEqual([]);
        world.advance(10_001);
        const reaped = await Promise.all([1, 2, 3].map(() => world.environments.reap(10)));
        expect(reaped.flat()).toEqual(['e1']);
        expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, 60_000)).toBe(false);
        expect((await world.environments.find('e1'))?.state.status).toBe('cooling');
      });

      test('of an older epoch or another run is not extended', async () => {
        await acts.warm(1);
        await acts.acquire('r1');
        expect(await world.environments.extend({ id: 'e1', run: 'r2', epoch: 1 }, 60_000)).toBe(false);
        await release('r1', 1);
        await acts.acquire('r1');
        expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, 60_000)).toBe(false);
        expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 2 }, 60_000)).toBe(true);
      });

      test('is over when the environment was destroyed by force', async () => {
        await acts.warm(1);
        await acts.acquire('r1');
        await acts.request('e1', { type: 'RequestDestroy', by: 'ada', reason: 'now', force: true });
        expect(await world.environments.extend({ id: 'e1', run: 'r1', epoch: 1 }, 60_000)).toBe(false);
      });
    });

    test('E1: after any sequence of calls each row is the fold of its history, and no two runs hold one environment', async () => {
      const call = fc.record({
        what: fc.constantFrom('acquire', 'new', 'release', 'ready', 'fail', 'destroy', 'end', 'sweep', 'work', 'reap'),
        number: fc.integer({ min: 1, max: 3 }),
        passed: fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.constant(61 * MINUTE)),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 25 }), async (calls) => {
          world = await create();
          acts = actsOn(world);
          let next = 10;
          for (const { what, number, passed } of calls) {
            world.advance(passed);
            next += 1;
            await perform(world, acts, what, number, next);
          }
          const { items } = await world.environments.list({ ...EVERYTHING, withDestroyed: true });
          for (const { id, state } of items) expect(await foldedEnvironment(world.journal, id)).toEqual(state);
          const holders = items.flatMap(({ state }) => (state.status === 'running' ? [state.run] : []));
          expect(new Set(holders).size).toBe(holders.length);
        }),
        { numRuns },
      );
    }, 120_000);
  });

const EVERYTHING = { workspace: 'acme', limit: 100, offset: 0 } as const;

/** One call of the random walk; what is refused changes nothing and is left so. */
const perform = async (
  { environments }: TestEnvironmentWorld,
  acts: ReturnType<typeof actsOn>,
  what: string,
  number: number,
  next: number,
): Promise<void> => {
  const { items } = await environments.list(EVERYTHING);
  const one = items[number % Math.max(items.length, 1)];
  if (what === 'acquire' || what === 'new') {
    await acts.acquire(`r${number}`, { id: `e${next}`, onBusy: what === 'new' ? 'new' : 'wait' });
  } else if (what === 'sweep') await environments.sweep(2);
  else if (what === 'reap') await environments.reap(2);
  else if (what === 'work') {
    for (const work of await environments.takeWork(2, 30_000)) {
      await environments.settle(work, [{ type: 'StartProvisioning' }, { type: 'CompleteDestroy' }], 1000);
    }
  } else if (one === undefined) return;
  else if (what === 'ready') await environments.request(one.id, { type: 'ReportHealthy' });
  else if (what === 'fail') await environments.request(one.id, { type: 'FailProvisioning', error: 'no' });
  else if (what === 'end') await environments.request(one.id, { type: 'CompleteDestroy' });
  else if (what === 'destroy') {
    await environments.request(one.id, { type: 'RequestDestroy', by: 'ada', reason: 'x', force: number === 3 });
  } else if (one.state.status === 'running') {
    await environments.release({ id: one.id, run: one.state.run, epoch: one.state.epoch }, 'the run ended');
  }
};
