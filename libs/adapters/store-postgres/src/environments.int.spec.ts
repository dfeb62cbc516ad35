import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { Caller } from './audited-store.ts';
import type { EnvironmentContent } from './environment-content.ts';
import { type EnvironmentStore, postgresEnvironments } from './environments.ts';
import { aesSealer, WrongMasterKey } from './sealing.ts';
import { freshStore, made, type TestStore, testSealer } from './store.fixture.ts';

const token = { key: 'AUTH_TOKEN', description: '', secret: true, enabled: true, value: 'stg-token-abc' };
const region = { key: 'REGION', description: 'where', secret: false, enabled: true, value: 'eu-1' };
const content = (name: string, over: Partial<EnvironmentContent> = {}): EnvironmentContent => ({
  name,
  description: '',
  color: '#F59E0B',
  isDefault: false,
  protected: false,
  variables: [token, region],
  routing: {
    services: { postgres: 'postgres://app@myserver:${DB_PASS}@myserver.postgres.database.azure.com:5432/app' },
  },
  ...over,
});
const { value: _, ...withoutValue } = token;

describeWith('postgres', 'stored environments', (address) => {
  let fixture: TestStore;
  let environments: EnvironmentStore;
  let caller: Caller;
  let stranger: Caller;
  const make = async (name: string, over: Partial<EnvironmentContent> = {}) =>
    made(await environments.create(caller, content(name, over)));
  const secretOf = async (id: string) =>
    (await environments.open(caller.workspace, id))?.variables.find(({ key }) => key === 'AUTH_TOKEN')?.value;

  beforeAll(async () => {
    fixture = await freshStore(address);
    environments = postgresEnvironments(fixture.store, testSealer);
    ({ caller, stranger } = fixture);
  });
  afterAll(() => fixture.drop());

  test('an environment is kept, and its secrets are not shown', async () => {
    const environment = await make('shown');
    expect(environment).toMatchObject({
      version: 1,
      routing: content('shown').routing,
      variables: [withoutValue, region],
    });
    expect(await environments.get(caller.workspace, 'shown')).toEqual(environment);
    expect(await environments.get(caller.workspace, environment.id)).toEqual(environment);
    const listed = await environments.list(caller.workspace, { limit: 50, offset: 0, search: 'show' });
    expect(listed).toEqual({ items: [environment], total: 1 });
    expect(JSON.stringify([environment, listed])).not.toContain('stg-token-abc');
  });

  test('no secret stands in the database or in the audit', async () => {
    await make('at-rest');
    const { rows } = await fixture.pool.query('select * from testmesh.environments');
    expect(JSON.stringify(rows)).toContain('sealed');
    expect(JSON.stringify([rows, fixture.events])).not.toContain('stg-token-abc');
  });

  test('an executor gets the secrets', async () => {
    await make('for-executors');
    const text = await environments.text(caller.workspace, 'for-executors');
    expect(text).toMatchObject({ name: 'for-executors', file: 'environments/for-executors.yaml' });
    expect(JSON.parse(text?.text ?? '')).toMatchObject({
      variables: [
        { key: 'AUTH_TOKEN', value: 'stg-token-abc', is_secret: true },
        { key: 'REGION', value: 'eu-1', is_secret: false },
      ],
    });
  });

  test('a secret without a value keeps the one it had; a new one needs a value', async () => {
    const { id } = await make('edited');
    made(await environments.update(caller, { id, seen: 1 }, content('edited', { variables: [withoutValue] })));
    expect(await secretOf(id)).toBe('stg-token-abc');
    const changed = content('edited', { variables: [{ ...token, value: 'new-token-xyz' }] });
    made(await environments.update(caller, { id, seen: 2 }, changed));
    expect(await secretOf(id)).toBe('new-token-xyz');
    const renamed = content('edited', { variables: [{ ...withoutValue, key: 'OTHER' }] });
    expect(await environments.update(caller, { id }, renamed)).toMatchObject({
      ok: false,
      refusal: 'SecretValueMissing',
    });
    expect(await environments.update(caller, { id, seen: 1 }, changed)).toEqual({
      ok: false,
      refusal: 'ChangedMeanwhile',
    });
  });

  test('one environment is the default, and it stays', async () => {
    expect(await environments.default(stranger.workspace)).toBeUndefined();
    const first = await make('first-default', { isDefault: true });
    const second = await make('second-default', { isDefault: true });
    expect((await environments.default(caller.workspace))?.id).toBe(second.id);
    made(await environments.makeDefault(caller, { id: first.id }));
    expect((await environments.default(caller.workspace))?.id).toBe(first.id);
    expect(await environments.remove(caller, { id: first.id })).toEqual({
      ok: false,
      refusal: 'DefaultEnvironmentStays',
    });
    expect(await environments.remove(caller, { id: second.id })).toMatchObject({ ok: true });
    expect(await environments.get(caller.workspace, second.id)).toBeUndefined();
  });

  test('whoever makes one the default at once with others has it so: the last one stays', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 6; at++) ids.push((await make(`at-once-${at}`)).id);
    for (let round = 0; round < 5; round++) {
      const done = await Promise.all([
        ...ids.map((id) => environments.makeDefault(caller, { id })),
        environments.create(caller, content(`made-at-once-${round}`, { isDefault: true })),
        environments.update(caller, { id: ids[0] ?? '' }, content('at-once-0', { isDefault: true })),
      ]);
      expect(done.map(({ ok }) => ok)).toEqual(Array(8).fill(true));
    }
    const { items } = await environments.list(caller.workspace, { limit: 200, offset: 0 });
    expect(items.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  test('a copy has the secrets, another name and is not the default', async () => {
    const { id } = await make('original', { isDefault: true });
    const copy = made(await environments.duplicate(caller, id, 'copy'));
    expect(copy).toMatchObject({ name: 'copy', isDefault: false, version: 1 });
    expect(await secretOf(copy.id)).toBe('stg-token-abc');
    expect(await environments.duplicate(caller, id, 'copy')).toEqual({
      ok: false,
      refusal: 'NameTaken',
      because: ['copy'],
    });
  });

  test('secrets are sealed anew under the current master key, once', async () => {
    const { id } = await make('rotated');
    const keys = new Map([1, 2].map((number) => [`k${number}`, new Uint8Array(32).fill(number === 1 ? 7 : 9)]));
    const rotated = postgresEnvironments(fixture.store, aesSealer({ current: 'k2', keys }));
    expect(await rotated.reencrypt()).toBeGreaterThan(0);
    expect(await rotated.reencrypt()).toBe(0);
    const alone = aesSealer({ current: 'k2', keys: new Map([['k2', new Uint8Array(32).fill(9)]]) });
    const opened = await postgresEnvironments(fixture.store, alone).open(caller.workspace, id);
    expect(opened?.variables[0]?.value).toBe('stg-token-abc');
    // Back again, for the tests that follow.
    expect(await postgresEnvironments(fixture.store, aesSealer({ current: 'k1', keys })).reencrypt()).toBeGreaterThan(
      0,
    );
  });

  test('another master key of the same id is refused where secrets are sealed anew, not first where one is read', async () => {
    await make('with a secret');
    const other = aesSealer({ current: 'k1', keys: new Map([['k1', new Uint8Array(32).fill(8)]]) });
    await expect(postgresEnvironments(fixture.store, other).reencrypt()).rejects.toThrow(WrongMasterKey);
  });

  test('another workspace sees and changes nothing', async () => {
    const { id } = await make('private');
    for (const nameOrId of [id, 'private']) {
      expect(await environments.get(stranger.workspace, nameOrId)).toBeUndefined();
      expect(await environments.open(stranger.workspace, nameOrId)).toBeUndefined();
      expect(await environments.text(stranger.workspace, nameOrId)).toBeUndefined();
    }
    expect(await environments.list(stranger.workspace, { limit: 50, offset: 0 })).toEqual({ items: [], total: 0 });
    const notFound = { ok: false, refusal: 'NotFound' };
    expect(await environments.update(stranger, { id }, content('private'))).toEqual(notFound);
    expect(await environments.remove(stranger, { id })).toEqual(notFound);
    expect(await environments.makeDefault(stranger, { id })).toEqual(notFound);
    expect(await environments.duplicate(stranger, id, 'stolen')).toEqual(notFound);
    expect(await environments.get(caller.workspace, id)).toMatchObject({ version: 1 });
  });

  test('a secret moved to another row by hand does not open', async () => {
    const { id } = await make('moved');
    await environments.create(stranger, content('thief', { variables: [{ ...token, value: 'own-secret' }] }));
    await fixture.pool.query(
      `update testmesh.environments set variables = (select variables from testmesh.environments where id = $1)
       where name = 'thief'`,
      [id],
    );
    await expect(environments.open(stranger.workspace, 'thief')).rejects.toThrow();
    await fixture.pool.query(`delete from testmesh.environments where name = 'thief'`);
  });
});
