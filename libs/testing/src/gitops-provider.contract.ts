import { describe, expect, test } from '@jest/globals';
import type { BoundResource } from '@testmesh/domain';
import type { EnvironmentTarget, GitOpsProvider, Observation } from '@testmesh/ports';

/** A provider over a cluster, with the hands of the others who reach into that cluster. */
export interface GitOpsWorld {
  readonly provider: GitOpsProvider;
  /** A new environment that nobody brought yet. */
  readonly target: () => EnvironmentTarget;
  /** What an environment is bound to; people are told its name. */
  readonly owns: (target: EnvironmentTarget) => Pick<BoundResource, 'kind' | 'name'>;
  /** What the cluster's own controllers do. */
  readonly becomeHealthy: (target: EnvironmentTarget) => Promise<void>;
  readonly degrade: (target: EnvironmentTarget) => Promise<void>;
  readonly removeByHand: (target: EnvironmentTarget) => Promise<void>;
  /** The names stay, the things are others. */
  readonly remakeByHand: (target: EnvironmentTarget) => Promise<void>;
  /** Something keeps the namespace from going until it is let go. */
  readonly hold: (target: EnvironmentTarget) => Promise<void>;
  readonly letGo: (target: EnvironmentTarget) => Promise<void>;
  readonly exists: (target: EnvironmentTarget) => Promise<boolean>;
}

/** What every provider must keep. */
export const gitOpsProviderContract = (name: string, world: () => GitOpsWorld, patienceMs = 30_000): void =>
  describe(`${name} keeps the provider contract`, () => {
    const signal = new AbortController().signal;
    const bring = (target: EnvironmentTarget) => world().provider.bring(target, signal);
    const observe = (target: EnvironmentTarget) => world().provider.observe(target, signal);
    const destroy = (target: EnvironmentTarget) => world().provider.destroy(target, signal);
    const until = async <Result>(ask: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
      const end = Date.now() + patienceMs;
      let result = await ask();
      while (!isIt(result) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        result = await ask();
      }
      return result;
    };
    const healthy = ({ health }: Observation) => health === 'healthy';
    const resourcesOf = (seen: Observation): readonly BoundResource[] => ('resources' in seen ? seen.resources : []);
    /** Brought, healthy, and bound to what was seen. */
    const ready = async (): Promise<EnvironmentTarget> => {
      const target = world().target();
      await bring(target);
      await world().becomeHealthy(target);
      const seen = await until(() => bring(target), healthy);
      expect(seen.health).toBe('healthy');
      return { ...target, resources: resourcesOf(seen) };
    };

    test('brings an environment that is on its way first and healthy in the end, with what it consists of', async () => {
      const target = world().target();
      expect(['progressing', 'missing']).toContain((await bring(target)).health);
      await world().becomeHealthy(target);
      const seen = await until(() => bring(target), healthy);
      expect(seen.health).toBe('healthy');
      expect(resourcesOf(seen)).toContainEqual({ ...world().owns(target), uid: expect.any(String) });
    });

    test('changes nothing when it is asked to bring what is there', async () => {
      const target = await ready();
      expect(resourcesOf(await bring(target))).toEqual(target.resources);
      expect(resourcesOf(await observe(target))).toEqual(target.resources);
    });

    test('makes nothing when it only looks', async () => {
      const target = world().target();
      expect(await observe(target)).toMatchObject({ health: 'missing', message: expect.stringContaining('not there') });
      expect(await world().exists(target)).toBe(false);
    });

    test('says what is wrong with one that is not well', async () => {
      const target = await ready();
      await world().degrade(target);
      const seen = await until(
        () => observe(target),
        ({ health }) => health === 'degraded',
      );
      expect(seen).toMatchObject({ health: 'degraded', message: expect.stringMatching(/\S+ \S+/) });
    });

    test('misses what was deleted by hand, and makes it no second time for the same environment', async () => {
      const target = await ready();
      await world().removeByHand(target);
      const seen = await until(
        () => observe(target),
        ({ health }) => health === 'missing',
      );
      expect(seen).toMatchObject({ health: 'missing', message: expect.stringContaining(world().owns(target).name) });
    });

    test('takes what somebody else made under the same name for somebody else’s, and leaves it alone', async () => {
      const target = await ready();
      await world().removeByHand(target);
      await world().remakeByHand(target);
      expect(await observe(target)).toMatchObject({ health: 'missing' });
      expect(
        await until(
          () => destroy(target),
          ({ outcome }) => outcome === 'gone',
        ),
      ).toEqual({ outcome: 'gone' });
      expect(await world().exists(target)).toBe(true);
    });

    test('destroys what is its own until nothing is left, and another environment not at all', async () => {
      const [target, other] = [await ready(), await ready()];
      expect(
        await until(
          () => destroy(target),
          ({ outcome }) => outcome === 'gone',
        ),
      ).toEqual({ outcome: 'gone' });
      expect(await world().exists(target)).toBe(false);
      expect(await observe(other)).toMatchObject({ health: 'healthy' });
    });

    test('does not call it gone while something holds it, and says what', async () => {
      const target = await ready();
      await world().hold(target);
      const going = await destroy(target);
      expect(going).toMatchObject({ outcome: 'going', message: expect.stringContaining(world().owns(target).name) });
      expect(await observe(target)).toMatchObject({ health: 'missing' });
      await world().letGo(target);
      expect(
        await until(
          () => destroy(target),
          ({ outcome }) => outcome === 'gone',
        ),
      ).toEqual({ outcome: 'gone' });
    });

    test('finds nothing to destroy where nothing was brought', async () => {
      expect(await destroy(world().target())).toEqual({ outcome: 'gone' });
    });
  });
