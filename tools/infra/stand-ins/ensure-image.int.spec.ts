import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import type Docker from 'dockerode';
import pg from 'pg';
import { describeWith } from '../../testing/real.ts';
import { dockerAt, ensureImage } from './ensure-image.ts';

const limitMs = 300_000;

describeWith('docker', 'an image that a test names', (host) => {
  const docker = dockerAt(host);
  const started: Docker.Container[] = [];

  afterAll(async () => {
    await Promise.all(started.map((container) => container.remove({ force: true, v: true })));
  });

  const run = async (image: string, port: number, env: readonly string[] = []): Promise<number> => {
    const exposed = `${port}/tcp`;
    const container = await docker.createContainer({
      Image: image,
      Env: [...env],
      ExposedPorts: { [exposed]: {} },
      HostConfig: { PortBindings: { [exposed]: [{ HostIp: '127.0.0.1', HostPort: '0' }] } },
    });
    started.push(container);
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return Number(NetworkSettings.Ports[exposed]?.[0]?.HostPort);
  };

  test(
    'is there afterwards and runs: postgres:16-alpine keeps the manners of the original',
    async () => {
      await ensureImage(host, 'postgres:16-alpine');
      const env = ['POSTGRES_USER=mesh', 'POSTGRES_PASSWORD=secret', 'POSTGRES_DB=orders'];
      const port = await run('postgres:16-alpine', 5432, env);
      const rows = await firstAnswer(`postgresql://mesh:secret@127.0.0.1:${port}/orders`);
      expect(rows).toEqual([{ major: 16 }]);
    },
    limitMs,
  );

  test(
    'that no registry and no recipe has is named in the error',
    async () => {
      await expect(ensureImage(host, 'testmesh/nowhere:1')).rejects.toThrow('testmesh/nowhere:1 is not there');
    },
    limitMs,
  );
});

const firstAnswer = async (connectionString: string): Promise<unknown[]> => {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      return (await client.query("SELECT current_setting('server_version_num')::int / 10000 AS major")).rows;
    } catch (error) {
      if (attempt === 600) throw error;
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
};

test("no stand-in is built in somebody else's daemon, even when it cannot pull", async () => {
  const asked: string[] = [];
  const theirs = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.split('?')[0]}`);
    const status = request.url?.startsWith('/info') ? 200 : request.url?.startsWith('/images/create') ? 500 : 404;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? { Labels: [] } : { message: 'no such host' }));
  });
  await new Promise<void>((resolve) => theirs.listen(0, '127.0.0.1', resolve));
  const { port } = theirs.address() as AddressInfo;
  try {
    await expect(ensureImage(`tcp://127.0.0.1:${port}`, 'redis:7-alpine')).rejects.toThrow('cannot be pulled');
    expect(asked).toEqual(['GET /images/redis:7-alpine/json', 'POST /images/create', 'GET /info']);
  } finally {
    theirs.close();
  }
});
