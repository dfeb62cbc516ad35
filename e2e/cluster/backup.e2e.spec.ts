import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createClient } from '@testmesh/client';
import { systemClock } from '@testmesh/runtime';
import { masterKeys, openStorage } from '@testmesh/service-kit';
import pg from 'pg';
import { readViews, rebuild } from '../../tools/chaos/gather.ts';
import { startCluster } from '../../tools/cluster/cluster.ts';
import { startMember } from '../../tools/cluster/member.ts';
import { pausingFlow, runRemotely } from '../../tools/cluster/remote-run.ts';
import type { Cluster, Member } from '../../tools/cluster/vocabulary.ts';
import { type Infra, startInfra } from '../../tools/infra/infra.ts';
import { describeWith } from '../../tools/testing/real.ts';
import { root, testmesh } from '../support/cli.ts';

// A platform is backed up while it works, lost, and brought back on another PostgreSQL.

jest.setTimeout(400_000);

const SERVICES = ['api', 'scheduler', 'executor', 'graph'] as const;

describeWith('postgres', 'a platform that was lost', () => {
  let cluster: Cluster;
  let other: Infra;
  let folder: string;
  let file: string;
  const members: Member[] = [];
  const ended: string[] = [];
  let underWay = '';

  /** What the image runs as `node PROGRAM.mjs`. */
  const program = async (name: string, env: NodeJS.ProcessEnv, from?: string, to?: string): Promise<number | null> => {
    const child = spawn(process.execPath, [join(root, `services/dist/${name}.mjs`)], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    if (to !== undefined) await pipeline(child.stdout, createWriteStream(to));
    if (from !== undefined) await pipeline(createReadStream(from), child.stdin);
    const [code] = (await exit) as [number | null];
    return code;
  };
  /** Begins transactions until they bear higher numbers than this; asking for the number is what takes one. */
  const numberedAbove = async (url: string, least: bigint): Promise<bigint> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (;;) {
        const { rows } = await client.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
        const number = BigInt(rows[0]?.xid ?? 0);
        if (number > least) return number;
      }
    } finally {
      await client.end();
    }
  };
  const clientAt = (url: string) => createClient({ url, apiKey: cluster.key });
  const restoredUrl = () => members.find(({ service }) => service === 'api')?.url ?? '';

  beforeAll(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'testmesh-backup-'));
    file = join(folder, 'testmesh.backup');
    other = await startInfra({ need: ['postgres'], ownOnly: true });
    cluster = await startCluster({ copies: { 'env-manager': 0 }, with: [], bundled: true });
  });
  afterAll(async () => {
    await Promise.all(members.map((member) => member.kill('SIGTERM')));
    await cluster?.stop();
    await other?.stop();
    await rm(folder, { recursive: true });
  });

  test('is backed up while it works', async () => {
    const [askAt = ''] = cluster.urls();
    const secret = { key: 'TOKEN', value: 'a secret that was sealed', is_secret: true, enabled: true };
    await clientAt(askAt).POST('/api/v1/environments', { body: { name: 'staging', variables: [secret] } });
    for (let at = 0; at < 5; at++) {
      const run = await runRemotely(cluster, {
        definition: pausingFlow(`before \u2028 ${at}`, 2, 10),
        askAt,
        followAt: askAt,
      });
      expect(run.verdict).toBe('passed');
      ended.push(run.id);
    }
    // More transactions than the other server has seen, as any server in use has.
    const { DATABASE_URL = '' } = cluster.env;
    await numberedAbove(DATABASE_URL, (await numberedAbove(other.postgres?.url ?? '', 0n)) + 200n);
    const { data } = await clientAt(askAt).POST('/api/v1/executions', {
      body: { definition: pausingFlow('under way', 3, 1500) },
    });
    underWay = data?.id ?? '';
    const isBegun = async () => {
      const { data: steps } = await clientAt(askAt).GET('/api/v1/executions/{id}/steps', {
        params: { path: { id: underWay } },
      });
      return steps?.steps.some(({ status }) => status === 'completed') === true;
    };
    while (!(await isBegun())) await sleep(100);
    expect(await program('backup', { DATABASE_URL }, undefined, file)).toBe(0);
    await cluster.stop();
  });

  test('comes back from its backup and its keys, and goes on', async () => {
    const env = { ...cluster.env, DATABASE_URL: other.postgres?.url ?? '' };
    expect(await program('restore', env, file)).toBe(0);
    members.push(
      ...(await Promise.all(
        SERVICES.map((service) => startMember({ service, name: `restored-${service}`, env, bundled: true })),
      )),
    );
    const params = { path: { id: underWay } };
    const status = async () => (await clientAt(restoredUrl()).GET('/api/v1/executions/{id}', { params })).data?.status;
    while (['pending', 'running', undefined].includes(await status())) await sleep(200);
    expect(await status()).toBe('completed');
    const { data: after } = await clientAt(restoredUrl()).POST('/api/v1/executions', {
      body: {
        definition:
          "flow:\n  name: after\n  steps:\n    - { action: log, config: { message: '${TOKEN}' }, assert: ['message == \"a secret that was sealed\"'] }\n",
        environment: 'staging',
      },
    });
    const cli = (...args: readonly string[]) =>
      testmesh([...args, '--api', restoredUrl()], {
        cwd: root,
        env: { TESTMESH_API_KEY: cluster.key },
        timeoutMs: 120_000,
      });
    const afterwards = async () =>
      (await clientAt(restoredUrl()).GET('/api/v1/executions/{id}', { params: { path: { id: after?.id ?? '' } } }))
        .data;
    while ((await afterwards())?.finished_at == null) await sleep(200);
    expect(await afterwards()).toMatchObject({ status: 'completed' });
    // Every run is audited once its view is written, the one that was under way and the new one, too.
    const everyRun = `${ended.length + 2} equal · 0 different · 0 not written yet · 0 not ended`;
    let audited = await cli('audit', '--all');
    for (let tries = 0; tries < 60 && !audited.stdout.startsWith(everyRun); tries++)
      audited = await cli('audit', '--all');
    expect([audited.code, audited.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${everyRun}\nconfiguration, .*: \\d+ whole · 0 broken\n$`)),
    ]);
  });

  test('shows what its journal says: views that are made anew are the same', async () => {
    const storage = await openStorage({
      url: other.postgres?.url ?? '',
      keys: masterKeys(cluster.env['TESTMESH_ENCRYPTION_KEYS']),
      clock: systemClock,
      onLost: () => undefined,
    });
    try {
      await rebuild(storage);
      const { different, viewOf } = await readViews(storage);
      expect(different).toEqual([]);
      for (const runId of ended) expect(viewOf(`run-${runId}`)).toBeDefined();
    } finally {
      await storage.close();
    }
  });
});
