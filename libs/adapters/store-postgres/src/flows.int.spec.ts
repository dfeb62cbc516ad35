import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { Caller } from './audited-store.ts';
import { type FlowContent, type FlowStore, postgresFlows } from './flows.ts';
import { freshStore, made, type TestStore } from './store.fixture.ts';

const content = (name: string, over: Partial<FlowContent> = {}): FlowContent => ({
  name,
  description: '',
  suite: '',
  tags: [],
  file: `flows/${name}.yaml`,
  text: `name: ${name}\n`,
  definition: { name },
  files: {},
  ...over,
});
const all = { limit: 50, offset: 0 };

describeWith('postgres', 'stored flows', (address) => {
  let fixture: TestStore;
  let flows: FlowStore;
  let caller: Caller;
  let stranger: Caller;
  const make = async (name: string, over: Partial<FlowContent> = {}) =>
    made(await flows.create(caller, content(name, over)));

  beforeAll(async () => {
    fixture = await freshStore(address);
    flows = postgresFlows(fixture.store);
    ({ caller, stranger } = fixture);
  });
  afterAll(() => fixture.drop());

  test('what is sent again as it is kept makes no version and no entry', async () => {
    const files = { 'a.json': 'a'.repeat(64), 'b.json': 'b'.repeat(64) };
    const whole = content('again', { files, tags: ['smoke'], definition: { name: 'again', n: 1.5 } });
    const { id } = made(await flows.create(caller, whole));
    const before = await flows.byId(caller.workspace, id);
    const entries = () => fixture.events.filter(({ data }) => data['id'] === id).length;
    const told = entries();
    const { 'a.json': a, 'b.json': b } = files;
    const again = made(
      await flows.update(caller, { id, message: 'x' }, { ...whole, files: { 'b.json': b, 'a.json': a } }),
    );
    expect(again).toEqual(before);
    expect((await flows.versions(caller.workspace, id, all)).total).toBe(1);
    expect(entries()).toBe(told);
    for (const [at, over] of [{ files: { 'a.json': b } }, { tags: [] }, { text: 'name: again # more\n' }].entries()) {
      expect(made(await flows.update(caller, { id }, content('again', { ...whole, ...over }))).version).toBe(at + 2);
    }
    expect(await flows.update(caller, { id, seen: 1 }, whole)).toEqual({ ok: false, refusal: 'ChangedMeanwhile' });
  });

  test('a flow is kept as it was written, with its first version', async () => {
    const flow = await make('checkout', {
      tags: ['smoke'],
      suite: 'shop',
      definition: { name: 'checkout', steps: [] },
    });
    expect(flow).toMatchObject({ name: 'checkout', version: 1, text: 'name: checkout\n', tags: ['smoke'] });
    expect(await flows.byId(caller.workspace, flow.id)).toEqual(flow);
    expect(await flows.byName(caller.workspace, 'checkout')).toEqual(flow);
    const { items } = await flows.versions(caller.workspace, flow.id, all);
    expect(items.map(({ version, author }) => [version, author])).toEqual([[1, 'key:test']]);
  });

  test('two flows of a workspace cannot share a name, until one is deleted', async () => {
    const first = await make('twice');
    expect(await flows.create(caller, content('twice'))).toEqual({
      ok: false,
      refusal: 'NameTaken',
      because: ['twice'],
    });
    expect(await flows.remove(caller, { id: first.id })).toMatchObject({ ok: true });
    await make('twice');
  });

  test('an update names the version it saw, and an old one is refused', async () => {
    const { id } = await make('edited');
    const edited = await flows.update(caller, { id, seen: 1, message: 'longer' }, content('edited', { text: 'B' }));
    expect(edited).toMatchObject({ ok: true, value: { version: 2, text: 'B' } });
    expect(await flows.update(caller, { id, seen: 1 }, content('edited'))).toEqual({
      ok: false,
      refusal: 'ChangedMeanwhile',
    });
    expect(await flows.version(caller.workspace, id, 1)).toMatchObject({ text: 'name: edited\n' });
    expect(await flows.version(caller.workspace, id, 2)).toMatchObject({ text: 'B', message: 'longer' });
  });

  test('of two who saw the same version only one changes it', async () => {
    const { id } = await make('raced');
    const both = await Promise.all(
      ['A', 'B'].map((text) => flows.update(caller, { id, seen: 1 }, content('raced', { text }))),
    );
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
  });

  describe('a list', () => {
    test('is filtered, counted and cut into pages', async () => {
      await make('list-a', { suite: 'lists', tags: ['x', 'slow'] });
      await make('list-b', { suite: 'lists', tags: ['x'] });
      await make('list_c', { suite: 'lists' });
      const names = async (query: object) => {
        const { items, total } = await flows.list(caller.workspace, { ...all, suite: 'lists', ...query });
        return [items.map(({ name }) => name), total];
      };
      expect(await names({})).toEqual([['list-a', 'list-b', 'list_c'], 3]);
      expect(await names({ tags: ['x'] })).toEqual([['list-a', 'list-b'], 2]);
      expect(await names({ tags: ['x'], exclude: ['slow'] })).toEqual([['list-b'], 1]);
      expect(await names({ search: 'LIST_' })).toEqual([['list_c'], 1]);
      expect(await names({ limit: 1, offset: 1 })).toEqual([['list-b'], 3]);
      expect(await names({ offset: 9 })).toEqual([[], 3]);
    });
  });

  test('another workspace sees and changes nothing', async () => {
    const { id } = await make('private');
    expect(await flows.byId(stranger.workspace, id)).toBeUndefined();
    expect(await flows.byName(stranger.workspace, 'private')).toBeUndefined();
    expect(await flows.list(stranger.workspace, all)).toEqual({ items: [], total: 0 });
    expect(await flows.versions(stranger.workspace, id, all)).toEqual({ items: [], total: 0 });
    expect(await flows.version(stranger.workspace, id, 1)).toBeUndefined();
    const notFound = { ok: false, refusal: 'NotFound' };
    expect(await flows.update(stranger, { id }, content('private'))).toEqual(notFound);
    expect(await flows.remove(stranger, { id })).toEqual(notFound);
    expect(await flows.byId(caller.workspace, id)).toMatchObject({ version: 1 });
  });

  test('an id that is none finds nothing', async () => {
    expect(await flows.byId(caller.workspace, "'; drop table flows --")).toBeUndefined();
    expect(await flows.list('no-workspace', all)).toEqual({ items: [], total: 0 });
  });

  test('every change is told to the journal, a refused one is not', async () => {
    const { id } = await make('audited');
    await flows.create(caller, content('audited'));
    await flows.update(caller, { id }, content('audited', { text: 'B' }));
    await flows.remove(caller, { id });
    const told = fixture.events.filter(({ data }) => data['id'] === id);
    expect(told.map(({ type }) => type)).toEqual(['FlowCreated', 'FlowUpdated', 'FlowDeleted']);
    expect(told[0]).toMatchObject({ ...caller, data: { name: 'audited', version: 1 } });
  });
});
