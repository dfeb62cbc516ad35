import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { systemClock } from '@testmesh/runtime';
import { openStorage, type Storage } from '@testmesh/service-kit';
import pg from 'pg';
import { describeWith } from '../../../../tools/testing/real.ts';

jest.setTimeout(60_000);

describeWith('postgres', "an operator's limit", (address) => {
  const name = `operator_${randomBytes(6).toString('hex')}`;
  const keys = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  let admin: pg.Client;
  let url: string;
  beforeAll(async () => {
    admin = new pg.Client(address);
    await admin.connect();
    await admin.query(`create database ${name}`);
    url = Object.assign(new URL(address), { pathname: `/${name}` }).href;
  });
  afterAll(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });

  /** What an API does that starts with such a limit, and then some work. */
  const startedWith = async (maxRunning: number | undefined, work: (storage: Storage) => Promise<void>) => {
    const storage = await openStorage({ url, keys, clock: systemClock, maxRunning, onLost: () => undefined });
    try {
      await storage.boundWorkspaces();
      await work(storage);
      const sql = `select w.slug, l.max_running as most from testmesh.workspaces w
        left join journal.workspace_limits l on l.workspace = w.id::text order by w.slug`;
      const { rows } = await storage.pool.query<{ slug: string; most: number | null }>(sql);
      return Object.fromEntries(rows.map(({ slug, most }) => [slug, most]));
    } finally {
      await storage.close();
    }
  };
  const make = async ({ workspaces, workspaceRules }: Storage, slug: string, maxRunning?: number | null) => {
    const content = { name: slug, slug, description: '', type: 'team', settings: {} } as const;
    const made = await workspaces.create(content, 'test');
    if (!made.ok) throw new Error(made.refusal);
    if (maxRunning === undefined) return;
    const caller = { workspace: made.value.id, actor: 'test' };
    await workspaceRules.put(caller, { kind: 'limits', content: { maxRunning }, seen: undefined });
  };

  test('holds for workspaces that are there, new ones, and those that allow themselves more', async () => {
    const without = await startedWith(undefined, async (storage) => {
      await make(storage, 'free');
      await make(storage, 'small', 2);
      await make(storage, 'large', 50);
    });
    expect(without).toEqual({ free: null, small: 2, large: 50 });
    const bounded = await startedWith(10, async (storage) => {
      await make(storage, 'new');
      await make(storage, 'greedy', 100);
      await make(storage, 'modest', 3);
      await make(storage, 'unbounded', null);
    });
    const all = { free: 10, small: 2, large: 10, new: 10, greedy: 10, modest: 3, unbounded: 10 };
    expect(bounded).toEqual(all);
    const lifted = await startedWith(undefined, async () => undefined);
    expect(lifted).toEqual({ free: null, small: 2, large: 50, new: null, greedy: 100, modest: 3, unbounded: null });
  });
});
