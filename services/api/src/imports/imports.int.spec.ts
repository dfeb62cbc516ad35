import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';
const CURL = `curl 'https://shop.example/api/orders' -H 'Authorization: Bearer tok-123' --json '{"total": 1.5}'`;
const HAR = JSON.stringify({
  log: {
    entries: [
      {
        request: {
          method: 'POST',
          url: 'https://shop.example/api/login?next=%2F',
          headers: [{ name: 'Cookie', value: 'sid=abc-123' }],
          postData: { mimeType: 'application/json', text: '{"user": "ada", "password": "pass-123"}' },
        },
        response: { status: 204 },
      },
    ],
  },
});
const POSTMAN = JSON.stringify({
  info: { name: 'Shop', schema: SCHEMA },
  variable: [{ key: 'base', value: 'https://shop.example' }],
  item: [
    { name: 'Orders', item: [{ name: 'List: all', request: { method: 'GET', url: '{{base}}/orders?state=open' } }] },
    {
      name: 'People',
      item: [
        {
          name: 'Add',
          request: {
            method: 'POST',
            url: { raw: '{{base}}/people/:id', variable: [{ key: 'id', value: '1' }] },
            header: [{ key: 'X-Api-Key', value: 'key-123' }],
            body: { mode: 'formdata', formdata: [{ key: 'name', value: 'yes' }] },
          },
        },
      ],
    },
  ],
});

describeWith('postgres', 'flows from elsewhere', (address) => {
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
  const flow = async (id: string) => (await world.api.ask({ url: `/api/v1/flows/${id}`, headers })).json();

  test('are shown before they are kept, without their credentials', async () => {
    for (const [type, content] of Object.entries({ curl: CURL, har: HAR, postman: POSTMAN })) {
      const parsed = await post('/import/parse', { type, content });
      expect(parsed.statusCode).toBe(200);
      expect((await post('/import/parse', { type, content, preview: true })).json()).toEqual(parsed.json());
      expect((await post('/import/parse', { type, content, preview: false })).statusCode).toBe(400);
      expect(parsed.body).not.toMatch(/(?:tok|abc|pass|key)-123/);
      expect(parsed.json().variables.every(({ secret }: { secret: boolean }) => secret)).toBe(true);
    }
    const { total } = (await world.api.ask({ url: '/api/v1/flows', headers })).json();
    expect(total).toBe(0);
  });

  test('are kept with their suite and tags, and go out again as a collection', async () => {
    const { body, statusCode } = await post('/import', {
      type: 'postman',
      content: POSTMAN,
      suite: 'shop',
      tags: ['imported'],
    });
    expect(statusCode).toBe(201);
    const made = JSON.parse(body);
    expect(made).toMatchObject({ total: 2, succeeded: 2, failed: 0, variables: [{ name: 'X_API_KEY', secret: true }] });
    const [orders, people] = made.flows;
    expect(await flow(orders.id)).toMatchObject({ name: 'Shop / Orders', suite: 'shop', tags: ['imported'] });
    expect((await flow(people.id)).definition).toMatchObject({
      secrets: ['X_API_KEY'],
      steps: [{ id: 'add', config: { url: '${base}/people/1', headers: { 'X-Api-Key': '${X_API_KEY}' } } }],
    });
    const sent = await post('/export', { flow_ids: [orders.id, people.id], format: 'postman' });
    expect(sent.json()).toMatchObject({
      succeeded: 2,
      collection: {
        info: { schema: SCHEMA },
        item: [{ name: 'Shop / Orders' }, { name: 'Shop / People' }],
        variable: [{ key: 'base', value: 'https://shop.example' }],
      },
    });
    const again = await post('/import/parse', { type: 'postman', content: JSON.stringify(sent.json().collection) });
    expect(again.json().flows).toHaveLength(2);
    const bundles = (await post('/export', { flow_ids: [orders.id] })).json();
    expect(bundles.flows[0].bundle.entry).toBe('flows/shop-orders.yaml');
    const twice = await post('/import', { type: 'postman', content: POSTMAN });
    expect(twice.json()).toMatchObject({
      succeeded: 0,
      failed: 2,
      errors: [{ pointer: '/flows/0', code: 'conflict' }, {}],
    });
  });

  test('are kept without the credentials of their addresses, names, texts and numbers', async () => {
    const content = `curl http://ada:pass-123@x.example/a -d '{"password": "key-123", "passcode": 123456789}'
curl https://tok-123@x.example/b --data-raw '<a><password>key-123</password></a>'`;
    const made = await post('/import', { type: 'curl', content });
    expect(made.json()).toMatchObject({ succeeded: 1, failed: 0 });
    const kept = await flow(made.json().flows[0].id);
    expect(made.body + JSON.stringify(kept)).not.toMatch(/(?:tok|pass|key)-123|123456789/);
    const value = 'http://ada:pass-123@x.example';
    const base = JSON.parse(POSTMAN.replace('"name":"Shop"', '"name":"Shop of pass-123"'));
    const collection = JSON.stringify({ ...base, variable: [{ key: 'base', value }] });
    const second = await post('/import', { type: 'postman', content: collection });
    expect(second.json()).toMatchObject({ succeeded: 2, failed: 0 });
    const orders = await flow(second.json().flows[0].id);
    expect(orders).toMatchObject({
      name: 'Shop of *** / Orders',
      definition: { env: { base: 'http://ada:${BASIC_PASSWORD}@x.example' }, secrets: ['BASIC_PASSWORD'] },
    });
  });

  test('that were looked at are taken as they were answered', async () => {
    const { flows } = (await post('/import/parse', { type: 'har', content: HAR })).json();
    const texts = flows.map(({ name, yaml }: { name: string; yaml: string }) => ({ name, yaml }));
    const made = (await post('/import', { flows: [...texts, { yaml: 'flow: { name: x, stepz: [] }' }] })).json();
    expect(made).toMatchObject({ succeeded: 1, failed: 1, errors: [{ pointer: '/flows/1', code: 'flow-invalid' }] });
    expect((await flow(made.flows[0].id)).definition.steps[0]).toMatchObject({
      assert: ['status == 204'],
      config: { body: { user: 'ada', password: '${PASSWORD}' } },
    });
  });

  test('that cannot be read are refused by their place, and keeping them asks for the permission', async () => {
    const broken = await post('/import/parse', { type: 'curl', content: 'curl http://a\ncurl --nope' });
    expect(broken.statusCode).toBe(400);
    expect(broken.json()).toMatchObject({ errors: [{ pointer: '/content', line: 2 }] });
    expect((await post('/import', { type: 'curl' })).statusCode).toBe(400);
    const viewer = await world.headersOf(workspace, ['flows:view']);
    expect((await post('/import', { type: 'curl', content: CURL }, viewer)).statusCode).toBe(403);
    expect((await post('/import/parse', { type: 'curl', content: CURL }, viewer)).statusCode).toBe(403);
  });
});
