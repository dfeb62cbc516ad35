import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresAccess, postgresIdempotency } from './access.ts';
import { type ApiKeyStore, postgresApiKeys } from './api-keys.ts';
import type { Caller } from './audited-store.ts';
import { type MemberStore, postgresMembers } from './members.ts';
import { freshStore, made, type TestStore } from './store.fixture.ts';
import { DEFAULT_WORKSPACE, postgresWorkspaces, type WorkspaceStore } from './workspaces.ts';

const all = { limit: 50, offset: 0 };
const notFound = { ok: false, refusal: 'NotFound' };

describeWith('postgres', 'who may do what', (address) => {
  let fixture: TestStore;
  let caller: Caller;
  let stranger: Caller;
  beforeAll(async () => {
    fixture = await freshStore(address);
    ({ caller, stranger } = fixture);
  });
  afterAll(() => fixture.drop());

  describe('keys', () => {
    let keys: ApiKeyStore;
    beforeAll(() => {
      keys = postgresApiKeys(fixture.store);
    });
    const make = async (name: string, expiresAt?: Date) =>
      made(await keys.create(caller, { name, permissions: ['flows:run'], ...(expiresAt && { expiresAt }) }));

    test('a key is shown once and found again by its hash', async () => {
      const { key, text } = await make('ci', new Date('2030-01-01T00:00:00Z'));
      expect(text).toMatch(/^tm_live_[0-9a-f]{48}$/);
      const found = await postgresAccess(fixture.pool).keysByPrefix(text.slice(0, 12));
      expect(found).toEqual([
        {
          keyId: key.id,
          workspace: caller.workspace,
          hash: createHash('sha256').update(text).digest('hex'),
          permissions: ['flows:run'],
          expiresAt: Date.parse('2030-01-01T00:00:00Z'),
        },
      ]);
      const { rows } = await fixture.pool.query('select * from testmesh.api_keys');
      expect(JSON.stringify([rows, fixture.events, await keys.list(caller.workspace, all)])).not.toContain(text);
    });

    test('a revoked key is not found any more', async () => {
      const { key, text } = await make('old');
      expect(made(await keys.revoke(caller, key.id)).revokedAt).toBeInstanceOf(Date);
      expect(await postgresAccess(fixture.pool).keysByPrefix(text.slice(0, 12))).toEqual([]);
      expect(await keys.revoke(caller, key.id)).toEqual({ ok: false, refusal: 'KeyAlreadyRevoked' });
    });

    test('the last use of a key never goes back', async () => {
      const { key } = await make('used');
      const access = postgresAccess(fixture.pool);
      await access.keyUsed(key.id, 2_000_000);
      await access.keyUsed(key.id, 1_000_000);
      expect((await keys.get(caller.workspace, key.id))?.lastUsedAt?.getTime()).toBe(2_000_000);
    });

    test('another workspace sees and revokes none', async () => {
      const { key } = await make('private');
      expect(await keys.get(stranger.workspace, key.id)).toBeUndefined();
      expect(await keys.list(stranger.workspace, all)).toEqual({ items: [], total: 0 });
      expect(await keys.revoke(stranger, key.id)).toEqual(notFound);
    });
  });

  describe('members', () => {
    let members: MemberStore;
    beforeAll(() => {
      members = postgresMembers(fixture.store);
    });
    const add = async (email: string, role: 'owner' | 'editor') =>
      made(await members.add(caller, { email, name: '', role }));

    test('an address is a member once, however it is written', async () => {
      await add('once@example.com', 'editor');
      expect(await members.add(caller, { email: 'ONCE@example.com', name: '', role: 'viewer' })).toEqual({
        ok: false,
        refusal: 'MemberExists',
        because: ['once@example.com'],
      });
    });

    test('the last owner stays, also when two leave at once', async () => {
      const [first, second] = [await add('a@example.com', 'owner'), await add('b@example.com', 'owner')];
      const left = await Promise.all([first, second].map(({ userId }) => members.remove(caller, userId)));
      expect(left.map(({ ok }) => ok).sort()).toEqual([false, true]);
      const owner = left[0]?.ok ? second : first;
      expect(await members.setRole(caller, owner.userId, 'viewer')).toEqual({ ok: false, refusal: 'LastOwnerStays' });
    });

    test('another workspace sees and changes none', async () => {
      const { userId } = await add('private@example.com', 'editor');
      expect(await members.get(stranger.workspace, userId)).toBeUndefined();
      expect(await members.list(stranger.workspace, all)).toEqual({ items: [], total: 0 });
      expect(await members.setRole(stranger, userId, 'owner')).toEqual(notFound);
      expect(await members.remove(stranger, userId)).toEqual(notFound);
    });
  });

  describe('workspaces', () => {
    let workspaces: WorkspaceStore;
    beforeAll(() => {
      workspaces = postgresWorkspaces(fixture.store);
    });
    const content = { name: 'Shop', slug: 'shop', description: '', type: 'team', settings: {} } as const;

    test('one is made with its owner, and audited in its own stream', async () => {
      const shop = made(await workspaces.create(content, 'local', { email: 'o@example.com', name: 'O' }));
      expect(await workspaces.bySlug('shop')).toEqual(shop);
      expect((await postgresMembers(fixture.store).list(shop.id, all)).items).toMatchObject([{ role: 'owner' }]);
      const told = fixture.events.filter(({ workspace }) => workspace === shop.id);
      expect(told.map(({ type }) => type)).toEqual(['WorkspaceCreated', 'MemberAdded']);
      expect(await workspaces.create(content, 'local')).toMatchObject({
        ok: false,
        refusal: 'NameTaken',
        because: [content.slug],
      });
      const change = { workspace: shop.id, actor: 'local', seen: 1 };
      expect(made(await workspaces.update(change, { ...content, name: 'Shop 2' }))).toMatchObject({ version: 2 });
      expect(await workspaces.update(change, content)).toEqual({ ok: false, refusal: 'ChangedMeanwhile' });
    });

    test('a deleted one is gone, with its keys', async () => {
      const gone = made(await workspaces.create({ ...content, slug: 'gone' }, 'local'));
      const inside = { workspace: gone.id, actor: 'local' };
      const { text } = made(await postgresApiKeys(fixture.store).create(inside, { name: 'k', permissions: [] }));
      made(await workspaces.remove({ ...inside, seen: 1 }));
      expect(await workspaces.get(gone.id)).toBeUndefined();
      const access = postgresAccess(fixture.pool);
      expect(await access.hasWorkspace(gone.id)).toBe(false);
      expect(await access.keysByPrefix(text.slice(0, 12))).toEqual([]);
    });

    test('the default one is made once and cannot be deleted', async () => {
      expect(await workspaces.ensureDefault()).toBe(true);
      expect(await workspaces.ensureDefault()).toBe(false);
      expect(await postgresAccess(fixture.pool).hasWorkspace(DEFAULT_WORKSPACE)).toBe(true);
      const change = { workspace: DEFAULT_WORKSPACE, actor: 'local', seen: undefined };
      expect(await workspaces.remove(change)).toEqual({ ok: false, refusal: 'DefaultWorkspaceStays' });
    });

    test('a list holds only the ones that may be seen', async () => {
      const { items } = await workspaces.list({ ...all, ids: [caller.workspace] });
      expect(items.map(({ id }) => id)).toEqual([caller.workspace]);
    });
  });

  test('an idempotency key stands for the first run, in its workspace alone', async () => {
    const keys = postgresIdempotency(fixture.pool);
    const claim = { workspace: caller.workspace, key: 'k', fingerprint: 'f1', runId: 'r1', atMs: 1000 };
    const first = { fingerprint: 'f1', runId: 'r1' };
    expect(await keys.claim(claim)).toEqual(first);
    expect(await keys.claim({ ...claim, fingerprint: 'f2', runId: 'r2' })).toEqual(first);
    expect(await keys.claim({ ...claim, workspace: stranger.workspace, runId: 'r3' })).toMatchObject({ runId: 'r3' });
    expect(await keys.forgetBefore(2000)).toBe(2);
    expect(await keys.claim({ ...claim, runId: 'r4' })).toMatchObject({ runId: 'r4' });
  });
});
