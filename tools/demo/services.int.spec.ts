import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { describeWith } from '../testing/real.ts';
import { type Demo, startServices } from './services.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const allGone = async (pids: readonly number[]): Promise<boolean> => {
  for (let tries = 0; tries < 200 && pids.some(isAlive); tries++) await sleep(100);
  return !pids.some(isAlive);
};

const health = async (url: string) => (await (await fetch(`${url}/health`)).json()) as Record<string, string>;

describeWith('postgres', 'the demo services as processes', (postgres) => {
  const inDatabase = async (work: (postgresUrl: string) => Promise<void>) => {
    const name = `demo_processes_${process.pid}_${Math.trunc(performance.now())}`;
    const owner = new pg.Client(postgres);
    await owner.connect();
    try {
      await owner.query(`CREATE DATABASE ${name}`);
      await work(Object.assign(new URL(postgres), { pathname: `/${name}` }).href);
    } finally {
      await owner.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await owner.end();
    }
  };

  const inDemo = (options: object, work: (demo: Demo) => Promise<void>) =>
    inDatabase(async (postgresUrl) => {
      const demo = await startServices({ postgresUrl, ...options });
      try {
        await work(demo);
      } finally {
        await demo.stop();
      }
    });

  test('answer on free ports, say what they do without, and are gone after stop', async () => {
    let pids: number[] = [];
    await inDemo({}, async ({ urls, log }) => {
      const { user, product, order, notification, recommendationHttp } = urls;
      for (const url of [user, product, order, notification, recommendationHttp]) {
        expect(await health(url)).toMatchObject({ status: 'healthy', events: 'off', cache: 'memory' });
      }
      expect(log('user')).toContain('caching in the memory of this process only');
      expect(log('user')).toContain('events are neither sent nor received');
      pids = (['user', 'product', 'order', 'notification', 'recommendation'] as const).map((service) =>
        Number(/"pid":(\d+)/.exec(log(service))?.[1]),
      );
      expect(pids.every(isAlive)).toBe(true);
    });
    expect(pids.some(isAlive)).toBe(false);
  }, 90_000);

  test('can be broken and healed while they run, or from the start', async () => {
    await inDemo({ faults: { product: { unavailable: '503' } } }, async ({ urls, setFault }) => {
      expect((await fetch(`${urls.product}/products`)).status).toBe(503);
      await setFault('product', {});
      expect((await fetch(`${urls.product}/products`)).status).toBe(200);
      await expect(setFault('user', { nonsense: true } as object)).rejects.toThrow('nonsense');
    });
  }, 90_000);

  test('a service that cannot start takes the others down and says why', async () => {
    const nowhere = Object.assign(new URL(postgres), { pathname: '/there_is_no_such_database' }).href;
    await expect(startServices({ postgresUrl: nowhere })).rejects.toThrow(
      'database "there_is_no_such_database" does not exist',
    );
  }, 90_000);

  test('end with the process that started them, even when it is killed', async () => {
    await inDatabase(async (postgresUrl) => {
      const holder = fork(fileURLToPath(new URL('./testing/hold-services.ts', import.meta.url)), [postgresUrl], {
        execArgv: [],
      });
      const [pids] = (await once(holder, 'message')) as [number[]];
      expect(pids).toHaveLength(5);
      expect(pids.every(isAlive)).toBe(true);
      holder.kill('SIGKILL');
      expect(await allGone(pids)).toBe(true);
    });
  }, 90_000);

  describeWith('kafka', 'with a broker', (brokers) =>
    describe('and all together', () => {
      test('an order reaches inventory and notifications', async () => {
        await inDemo({ brokers }, async ({ urls }) => {
          const response = await fetch(`${urls.order}/orders`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ product_id: 'SKU-100', quantity: 2 }),
          });
          const { user_id } = (await response.json()) as { user_id: string };
          let types: string[] = [];
          for (let tries = 0; tries < 100 && types.length < 3; tries++) {
            const { notifications } = (await (await fetch(`${urls.notification}/notifications/${user_id}`)).json()) as {
              notifications: { type: string }[];
            };
            types = notifications.map(({ type }) => type);
            await sleep(50);
          }
          expect(types.sort()).toEqual(['order.placed', 'order_confirmation', 'user.created']);
        });
      }, 90_000);
    }),
  );
});
