import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

const flowText = (name: string): string => `# kept by hand
flow:
  name: ${name}
  tags: [smoke] # runs first
  steps:
    - action: http_request
      config: { method: GET, url: 'http://old.example/${name}' }
      assert: [status == 200]
`;
const NOBODY = '11111111-1111-4111-8111-111111111111';

describeWith('postgres', 'what is done to many flows at once', (address) => {
  let world: TestConfiguration;
  let workspace: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    world = await startConfiguration(address);
    workspace = await world.workspace('one');
    headers = await world.headersOf(workspace);
  }, 30_000);
  afterAll(async () => {
    expect(world.api.failures).toEqual([]);
    await world.close();
  });

  const post = (path: string, payload: object, more: Record<string, string> = headers) =>
    world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers: more, payload });
  const made = async (name: string, files = {}): Promise<string> => {
    const response = await post('/flows', { yaml: flowText(name), files });
    expect(response.statusCode).toBe(201);
    return response.json().id;
  };
  const flow = async (id: string) => (await world.api.ask({ url: `/api/v1/flows/${id}`, headers })).json();

  test('tags come and go as versions of their own, and the rest of the text stays', async () => {
    const ids = [await made('tag-a'), await made('tag-b')];
    const added = await post('/bulk/flows/tags/add', {
      flow_ids: [...ids, NOBODY, ids[0]],
      tags: ['smoke', 'nightly'],
    });
    expect(added.json()).toMatchObject({
      total: 3,
      succeeded: 2,
      failed: 1,
      errors: [{ flow_id: NOBODY, code: 'not-found' }],
    });
    const changed = await flow(ids[0] ?? '');
    expect(changed).toMatchObject({ version: 2, tags: ['smoke', 'nightly'] });
    expect(changed.yaml).toBe(flowText('tag-a').replace('[smoke]', '[smoke, nightly]'));
    expect((await post('/bulk/flows/tags/add', { flow_ids: ids, tags: ['smoke'] })).json()).toMatchObject({
      succeeded: 2,
    });
    expect(await flow(ids[0] ?? '')).toMatchObject({ version: 2 });
    await post('/bulk/flows/tags/remove', { flow_ids: ids, tags: ['smoke', 'nightly'] });
    expect(await flow(ids[1] ?? '')).toMatchObject({ version: 3, tags: [] });
    const { versions } = (await world.api.ask({ url: `/api/v1/flows/${ids[1]}/versions`, headers })).json();
    expect(versions[0]).toMatchObject({ message: 'removed the tags smoke, nightly' });
    const { events } = (await world.api.ask({ url: '/api/v1/audit?limit=200', headers })).json();
    const own = events.filter(({ data }: { data: { id?: string } }) => data.id === ids[1]);
    expect(own.map(({ type }: { type: string }) => type)).toEqual(['FlowCreated', 'FlowUpdated', 'FlowUpdated']);
  });

  test('copies get names of their own and the files of their flow', async () => {
    const id = await made('copied', { 'data/logo.txt': 'TM' });
    const once = await post('/bulk/flows/duplicate', { flow_ids: [id] });
    const twice = await post('/bulk/flows/duplicate', { flow_ids: [id] });
    expect(once.statusCode).toBe(201);
    expect(once.json().copies).toMatchObject([{ flow_id: id, name: 'copied (copy)' }]);
    expect(twice.json().copies).toMatchObject([{ name: 'copied (copy 2)' }]);
    const copy = await flow(twice.json().copies[0].copy_id);
    expect(copy).toMatchObject({ version: 1, file: 'flows/copied-copy-2.yaml', files: ['data/logo.txt'] });
    const bundles = await post('/bulk/flows/export', { flow_ids: [copy.id] });
    expect(bundles.json().flows).toMatchObject([
      {
        name: 'copied (copy 2)',
        bundle: { entry: copy.file, files: { [copy.file]: copy.yaml, 'data/logo.txt': { base64: 'VE0=' } } },
      },
    ]);
  });

  test('a text is replaced where it was sought, after a preview that changes nothing', async () => {
    const [id, other] = [await made('swap-old'), await made('swap-none')];
    const sought = { flow_ids: [id, other], find: 'old', replace: 'new', in_field: 'url', whole_word: true };
    const preview = (await post('/bulk/flows/find-replace', { ...sought, preview: true })).json();
    expect(preview).toMatchObject({ preview: true, succeeded: 2 });
    expect(preview.matches).toHaveLength(2);
    expect(preview.matches[0]).toMatchObject({ flow_id: id, version: 1, count: 2, lines: [{ line: 7 }] });
    expect(await flow(id)).toMatchObject({ version: 1, name: 'swap-old' });
    const done = (await post('/bulk/flows/find-replace', sought)).json();
    expect(done.matches[0]).toMatchObject({ flow_id: id, version: 2, count: 2 });
    expect(await flow(id)).toMatchObject({ version: 2, name: 'swap-old' });
    expect((await flow(id)).yaml).toContain('http://new.example/swap-new');
    const broken = (
      await post('/bulk/flows/find-replace', {
        ...sought,
        in_field: undefined,
        find: 'assert:',
        replace: 'asert:',
        whole_word: false,
        flow_ids: [id],
      })
    ).json();
    expect(broken).toMatchObject({
      succeeded: 0,
      failed: 1,
      errors: [{ flow_id: id, code: 'flow-invalid' }],
      matches: [],
    });
    expect(await flow(id)).toMatchObject({ version: 2 });
  });

  test('deleting leaves what is not there as an error, and every change asks for its permission', async () => {
    const id = await made('gone');
    expect((await post('/bulk/flows/delete', { flow_ids: [id, NOBODY] })).json()).toMatchObject({
      succeeded: 1,
      failed: 1,
    });
    expect((await world.api.ask({ url: `/api/v1/flows/${id}`, headers })).statusCode).toBe(404);
    const viewer = await world.headersOf(workspace, ['flows:view', 'flows:run']);
    const kept = await made('kept');
    const refused = [
      await post('/bulk/flows/delete', { flow_ids: [kept] }, viewer),
      await post('/bulk/flows/duplicate', { flow_ids: [kept] }, viewer),
      await post('/bulk/flows/tags/add', { flow_ids: [kept], tags: ['x'] }, viewer),
      await post('/bulk/flows/find-replace', { flow_ids: [kept], find: 'a', replace: 'b' }, viewer),
    ];
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403]);
    const stranger = await world.headersOf(await world.workspace('two'));
    const tried = await post('/bulk/flows/delete', { flow_ids: [kept] }, stranger);
    expect(tried.json()).toMatchObject({ succeeded: 0, errors: [{ code: 'not-found' }] });
    expect(await flow(kept)).toMatchObject({ version: 1 });
  });
});
