import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { ROLE_PERMISSIONS } from '../access/permissions.ts';
import { firstKey } from '../first-key.ts';
import { startConfiguration, type TestConfiguration } from './configuration.fixture.ts';

const HELLO = `flow:
  name: hello
  tags: [smoke]
  steps:
    - action: log
      config: { message: hi }
      assert: ['message == "hi"']
`;
const json = { 'content-type': 'application/json' };

describeWith('postgres', 'keys, members and workspaces', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  }, 60_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  type Payload = Record<string, unknown> | string;
  const send = (
    method: 'POST' | 'PUT' | 'DELETE' | 'GET',
    url: string,
    payload?: Payload,
    more: Record<string, string> = {},
  ) =>
    world.api.ask({
      method,
      url: `/api/v1${url}`,
      headers: { 'if-match': '*', ...headers, ...(payload !== undefined && json), ...more },
      ...(payload !== undefined && { payload }),
    });
  const made = async (url: string, payload: Payload) => {
    const response = await send('POST', url, payload);
    expect([response.statusCode, response.json().detail]).toEqual([201, undefined]);
    return response.json();
  };

  test('a key is shown once, works, and is revoked', async () => {
    const created = await send('POST', '/api-keys', { name: 'CI', role: 'viewer' });
    const { id, key, ...shown } = created.json();
    expect([created.statusCode, key]).toEqual([201, expect.stringMatching(/^tm_live_[0-9a-f]{48}$/)]);
    expect(shown.scopes).toContain('flows:run');
    const bearer = { authorization: `Bearer ${key}` };
    expect((await send('GET', '/role', undefined, bearer)).json()).toMatchObject({ role: 'viewer' });
    expect((await send('POST', '/flows', { yaml: HELLO }, bearer)).statusCode).toBe(403);
    expect((await send('GET', '/api-keys?limit=200')).body).not.toContain(key);
    expect((await send('DELETE', `/api-keys/${id}`)).statusCode).toBe(204);
    expect((await send('GET', '/role', undefined, bearer)).statusCode).toBe(401);
  });

  test('nobody gives away more than they have', async () => {
    const lesser = await world.headersOf(workspace, ['keys:manage', 'members:manage', 'flows:view']);
    expect((await send('POST', '/api-keys', { name: 'more', role: 'owner' }, lesser)).statusCode).toBe(403);
    expect((await send('POST', '/api-keys', { name: 'same', scopes: ['flows:view'] }, lesser)).statusCode).toBe(201);
    expect((await send('POST', '/members', { email: 'a@example.com', role: 'owner' }, lesser)).statusCode).toBe(403);
  });

  test('a key that opens nothing is not made', async () => {
    const refused = await send('POST', '/api-keys', { name: 'nothing', scopes: [] });
    expect([refused.statusCode, refused.json().errors[0].pointer]).toEqual([400, '/scopes']);
  });

  test('the last owner stays', async () => {
    const owner = await made('/members', { email: 'owner@example.com', role: 'owner' });
    expect((await send('DELETE', `/members/${owner.user_id}`)).statusCode).toBe(409);
    expect((await send('PUT', `/members/${owner.user_id}`, { role: 'viewer' })).statusCode).toBe(409);
  });

  test('the first key of an installation makes workspaces; whoever may not is told who may', async () => {
    await world.storage.workspaces.ensureDefault();
    const first = { authorization: `Bearer ${await firstKey(world.storage)}` };
    expect((await send('POST', '/workspaces', { name: 'Second Team' }, first)).statusCode).toBe(201);
    const admin = await world.headersOf(workspace, ROLE_PERMISSIONS.admin);
    const refused = await send('POST', '/workspaces', { name: 'Third Team' }, admin);
    expect(refused.statusCode).toBe(403);
    expect(refused.json().detail).toContain('workspaces:create: the first key of the installation has it');
  });

  test('workspaces are listed by name, or the newest first', async () => {
    const slugs = ['sorted-b', 'sorted-a', 'sorted-c'];
    const ids = new Map<string, string>();
    for (const slug of slugs) ids.set(slug, await world.workspace(slug));
    const by = async (sortBy?: 'name' | 'created_at' | 'updated_at') => {
      const page = { limit: 10, offset: 0, search: 'sorted-' };
      const { items } = await world.storage.workspaces.list({ ...page, ...(sortBy && { sortBy }) });
      return items.map(({ slug }) => slug);
    };
    expect(await by()).toEqual(['sorted-a', 'sorted-b', 'sorted-c']);
    expect(await by('created_at')).toEqual(['sorted-c', 'sorted-a', 'sorted-b']);
    const touch = `update testmesh.workspaces set updated_at = now() + interval '1 s' where id = $1`;
    await world.storage.pool.query(touch, [ids.get('sorted-b')]);
    expect(await by('updated_at')).toEqual(['sorted-b', 'sorted-c', 'sorted-a']);
    expect((await send('GET', '/workspaces?sort_by=updated_at')).json()).toMatchObject({ total: 1 });
    expect((await send('GET', '/workspaces?sort_by=owner')).statusCode).toBe(400);
  });

  test('a workspace comes with a key that opens it', async () => {
    const shop = await made('/workspaces', { name: 'Shop Team' });
    const bearer = { authorization: `Bearer ${shop.key}` };
    expect(shop.slug).toBe('shop-team');
    expect((await send('GET', `/workspaces/${shop.id}`, undefined, bearer)).json()).toMatchObject({ id: shop.id });
    expect((await send('GET', '/workspaces', undefined, bearer)).json()).toMatchObject({ total: 1 });
    expect((await send('GET', `/workspaces/${shop.id}`)).statusCode).toBe(404);
    expect((await send('GET', '/workspaces/slug/shop-team')).statusCode).toBe(404);
    expect((await send('DELETE', `/workspaces/${shop.id}`, undefined, bearer)).statusCode).toBe(204);
    expect((await send('GET', '/workspace', undefined, bearer)).statusCode).toBe(401);
  });
});
