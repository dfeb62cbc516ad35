import { randomBytes } from 'node:crypto';
import { catalogue } from '@testmesh/catalogue';
import type { Clock } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { openStorage, type Storage, type StorageSettings } from '@testmesh/service-kit';
import pg from 'pg';
import { PERMISSIONS, type Permission } from '../access/permissions.ts';
import { apiFromStorage } from '../from-storage.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';

export interface TestConfiguration {
  readonly api: TestApi;
  readonly storage: Storage;
  /** Headers of a key of this workspace, with these permissions or all. */
  readonly headersOf: (workspace: string, permissions?: readonly Permission[]) => Promise<Record<string, string>>;
  readonly workspace: (slug: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** What stands between the API and its database. */
export interface Surroundings extends Partial<Pick<StorageSettings, 'waits' | 'connections'>> {
  /** Where the database is reached instead. */
  readonly port?: number;
}

/** The API over a database of its own, with every route of configuration. */
export const startConfiguration = async (
  address: string,
  clock: Clock = systemClock,
  archive?: string,
  { port, ...database }: Surroundings = {},
): Promise<TestConfiguration> => {
  const admin = new pg.Client(address);
  await admin.connect();
  const name = `configuration_${randomBytes(6).toString('hex')}`;
  await admin.query(`create database ${name}`);
  const url = new URL(address);
  url.pathname = `/${name}`;
  if (port !== undefined) url.port = String(port);
  const keys = { current: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  const storage = await openStorage({
    url: url.href,
    keys,
    clock: systemClock,
    onLost: () => undefined,
    ...database,
    ...(archive !== undefined && { archive }),
  });
  const wakeups = { wake: () => undefined, onWake: () => () => undefined };
  const settings = { storage, wakeups, clock, catalogue, auth: 'keys' as const, version: '0.0.0-test' };
  const { onFailure: _, ...parts } = apiFromStorage({ ...settings, onFailure: () => undefined });
  const api = await startApi(parts);
  const workspace = async (slug: string) => {
    const content = { name: slug, slug, description: '', type: 'team', settings: {} } as const;
    const made = await storage.workspaces.create(content, 'test');
    if (!made.ok) throw new Error(made.refusal);
    return made.value.id;
  };
  const headersOf = async (id: string, permissions: readonly Permission[] = PERMISSIONS) => {
    const made = await storage.apiKeys.create({ workspace: id, actor: 'test' }, { name: 'test', permissions });
    if (!made.ok) throw new Error(made.refusal);
    return { authorization: `Bearer ${made.value.text}` };
  };
  const close = async () => {
    await api.app.close();
    await storage.close();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  };
  return { api, storage, headersOf, workspace, close };
};
