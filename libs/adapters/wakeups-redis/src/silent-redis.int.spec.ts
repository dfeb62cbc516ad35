import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '@testmesh/testing/fault-proxy';
import { describeWith } from '../../../../tools/testing/real.ts';
import { redisCounts } from './redis-counts.ts';
import { redisWakeups } from './redis-wakeups.ts';

const BOUND_MS = 30_000;

/** Resolves when it is so; waits no longer than it may take. */
const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const begun = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begun > BOUND_MS) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describeWith('redis', 'a Redis that says nothing', (address) => {
  let proxy: FaultProxy;
  let url: string;

  beforeEach(async () => {
    const { hostname: host, port } = new URL(address);
    proxy = await startFaultProxy({ host, port: Number(port || 6379) });
    url = Object.assign(new URL(address), { host: `127.0.0.1:${proxy.port}` }).href;
  });
  afterEach(() => proxy.close());

  test('makes a count fail in time, and its connection is made anew', async () => {
    const counts = redisCounts(url);
    const count = () =>
      counts.count('silent', 60_000).then(
        ({ current }) => current,
        () => undefined,
      );
    await until(async () => (await count()) !== undefined);
    const before = proxy.figures.connections;
    proxy.blackHole();
    const begun = performance.now();
    expect(await count()).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(5000);
    await until(() => proxy.figures.connections > before);
    proxy.heal();
    await until(async () => (await count()) !== undefined);
    await counts.close();
  }, 90_000);

  test('holds no wake-ups back: its connection is made anew, and the next ones arrive', async () => {
    const [one, other] = [redisWakeups(url, () => undefined), redisWakeups(address, () => undefined)];
    let heard = 0;
    other.onWake('silent', () => {
      heard += 1;
    });
    await until(() => {
      one.wake('silent');
      return heard > 0;
    });
    const before = proxy.figures.connections;
    proxy.blackHole();
    one.wake('silent');
    await until(() => proxy.figures.connections > before);
    proxy.heal();
    heard = 0;
    await until(() => {
      one.wake('silent');
      return heard > 0;
    });
    await one.close();
    await other.close();
  }, 90_000);
});
