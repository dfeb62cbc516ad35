import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, PING, requested, started, stepFailed, stepStarted, written } from '../testing/flows.ts';

// The first question of a server makes its schema and the checks of its answers.
jest.setTimeout(30_000);

const OTHER = '33333333-3333-4333-8333-333333333333';
let api: TestApi;
let key: string;
let run: string;
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
  run = await requested(api, key);
  written(api, run, started, stepStarted, stepFailed, failed);
});
afterAll(async () => {
  expect(api.failures).toEqual([]);
  await api.app.close();
});

interface Answer {
  readonly status: number;
  readonly data: Record<string, never> | undefined;
  readonly errors: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

const ask = async (payload: object, headers: Record<string, string> = {}, from = api): Promise<Answer> => {
  const response = await from.ask({
    method: 'POST',
    url: '/api/v1/graphql',
    headers: { 'x-api-key': key, ...headers },
    payload,
  });
  const { data, errors = [] } = response.json();
  return { status: response.statusCode, data, errors };
};
const codes = ({ errors }: Answer) => errors.map(({ extensions }) => extensions['code']);

describe('a query', () => {
  test('shows a run with its steps, its events and what differs from another, by the words of the REST API', async () => {
    const other = await requested(api, key);
    const query = `query ($id: ID!, $other: ID!) {
      run(id: $id) {
        id flowName status verdict
        steps { stepId state durationMs captured }
        events(after: 3, limit: 1) { seq type }
        diff(with: $other) { path kind changes { what here there } }
        trace { resourceSpans { scopeSpans { spans { name } } } }
        logs
      }
    }`;
    const { data, errors } = await ask({ query, variables: { id: run, other } });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      run: {
        id: run,
        flowName: 'ping',
        status: 'failed',
        steps: [{ stepId: 'ping', state: 'failed', durationMs: 12, captured: { code: 500 } }],
        events: [{ seq: 4, type: 'StepCompleted' }],
        diff: [{ path: 'ping', kind: 'only_here', changes: [] }],
        trace: {
          resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'RUN ping' }, { name: 'pending' }, { name: 'ping' }] }] }],
        },
      },
    });
  });

  test('lists what the route lists, with its filters and its cursor', async () => {
    const query =
      'query ($c: String) { runs(limit: 1, verdict: failed, cursor: $c) { total nextCursor executions { id } } }';
    const { data } = await ask({ query, variables: {} });
    expect(data).toMatchObject({ runs: { total: 1, nextCursor: null, executions: [{ id: run }] } });
    const wrong = await ask({ query: '{ runs(limit: 100000) { total } }' });
    expect(wrong.status).toBe(200);
    expect(codes(wrong)).toEqual(['invalid-request']);
    expect(wrong.errors[0]?.extensions).toMatchObject({ status: 400, errors: [{ pointer: '?limit' }] });
  });

  test('that asks for what is not there is told so by the code of the problem, and gets the rest', async () => {
    const answer = await ask({ query: `{ there: run(id: "${run}") { id } not: run(id: "${OTHER}") { id } }` });
    expect(answer.data).toEqual({ there: { id: run }, not: null });
    expect(answer.errors).toMatchObject([{ path: ['not'], extensions: { code: 'not-found', status: 404 } }]);
  });

  test('that is none is refused before anything is done', async () => {
    for (const query of ['{ runs', '{ nothing }', '{ runs { total } ']) {
      const answer = await ask({ query });
      expect([answer.status, codes(answer)[0], answer.data]).toEqual([400, 'invalid-request', undefined]);
    }
    expect((await ask({})).errors[0]?.message).toContain('send a document');
    expect((await ask({ query: 'query A { runs { total } } query B { runs { total } }' })).status).toBe(400);
  });
});

describe('limits', () => {
  const refusedAs = async (query: string, variables: object = {}) => {
    const answer = await ask({ query, variables });
    expect([answer.status, answer.data]).toEqual([400, undefined]);
    return `${codes(answer)[0]}: ${answer.errors[0]?.message}`;
  };

  test('hold the number of words, of aliases and what lists come to', async () => {
    expect(await refusedAs(`{ ${'runs { total } '.repeat(700)} }`)).toContain('token');
    const aliases = Array.from({ length: 16 }, (_, at) => `a${at}: runs { total }`).join(' ');
    expect(await refusedAs(`{ ${aliases} }`)).toContain('query-too-large: a query may have 15 aliases');
    expect(await refusedAs('{ runs(limit: 200) { executions { steps { id } events { seq } logs } } }')).toContain(
      'costs',
    );
    const byVariable = 'query ($n: Int) { runs(limit: $n) { executions { steps { id } events { seq } logs } } }';
    expect(await refusedAs(byVariable, { n: 200 })).toContain('costs');
    expect((await ask({ query: byVariable, variables: { n: 5 } })).errors).toEqual([]);
    const byDefault = byVariable.replace('$n: Int', '$n: Int = 200');
    expect(await refusedAs(byDefault)).toContain('costs');
  });

  test('count the steps, events and lines that a run may have', async () => {
    for (const field of ['steps(limit: 1000) { id }', 'events(limit: 1000) { seq }', 'logs(limit: 5000)']) {
      expect(await refusedAs(`{ runs(limit: 100) { executions { ${field} } } }`)).toContain('costs');
      expect((await ask({ query: `{ runs(limit: 5) { executions { ${field} } } }` })).errors).toEqual([]);
    }
    expect(await refusedAs('{ runs(limit: 200) { executions { steps { id } } } }')).toContain('costs 9');
    for (const field of ['steps(limit: 1001) { id }', 'steps(limit: 0) { id }', 'logs(offset: -1)']) {
      expect(codes(await ask({ query: `{ run(id: "${run}") { ${field} } }` }))).toEqual(['invalid-request']);
    }
    const paged = `{ run(id: "${run}") { steps(offset: 1) { id } logs(limit: 1, offset: 1) } }`;
    expect((await ask({ query: paged })).data).toMatchObject({ run: { steps: [], logs: [expect.any(String)] } });
  });

  test('hold how much one request reads of long runs, however it asks', async () => {
    const long = await requested(api, key);
    written(api, long, started, ...Array.from({ length: 20_001 }, () => stepStarted));
    const alone = await ask({ query: `{ run(id: "${long}") { logs(limit: 1) } }` });
    expect(alone.data).toMatchObject({ run: { logs: [expect.any(String)] } });
    const both = await ask({ query: `{ run(id: "${long}") { id steps { id } a: logs } }` });
    expect(codes(both)).toEqual(['too-large']);
    expect(both.errors[0]?.message).toContain('40,000 events');
    const two = `{ one: run(id: "${long}") { events(after: 10, limit: 1000) { seq } } two: run(id: "${long}") { events { seq } } }`;
    const { data, errors } = await ask({ query: two });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ one: { events: { length: 1000, 0: { seq: 11 } } }, two: { events: { length: 100 } } });
  });

  test('hold depth, also through fragments, and reckon fragments that multiply in no time', async () => {
    const deep = await startApi({ graphql: { limits: { depth: 3, aliases: 15, tokens: 2000, cost: 5000 } } });
    const own = { 'x-api-key': deep.access.addKey(DEFAULT_WORKSPACE) };
    const asked = await ask(
      { query: '{ runs { ...A } } fragment A on RunsPage { executions { trace { __typename } } }' },
      own,
      deep,
    );
    expect(asked.errors[0]?.message).toContain('fields may lie 3 deep, here they lie 4 deep');
    await deep.app.close();
    const count = 30;
    const doubling = Array.from({ length: count }, (_, at) =>
      at + 1 === count
        ? `fragment F${at} on Execution { steps { id } }`
        : `fragment F${at} on Execution { ...F${at + 1} ...F${at + 1} }`,
    ).join(' ');
    const begun = performance.now();
    expect(await refusedAs(`{ runs { executions { ...F0 } } } ${doubling}`)).toContain('costs');
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test('let introspection through, unless the server keeps its schema to itself', async () => {
    expect((await ask({ query: getIntrospectionQuery() })).errors).toEqual([]);
    const silent = await startApi({ graphql: { introspection: false } });
    const own = { 'x-api-key': silent.access.addKey(DEFAULT_WORKSPACE) };
    const answer = await ask({ query: '{ __schema { types { name } } }' }, own, silent);
    expect([answer.status, codes(answer)[0]]).toEqual([400, 'invalid-request']);
    expect((await ask({ query: '{ run { idd } }' }, own, silent)).errors[0]?.message).not.toContain('Did you mean');
    await silent.app.close();
  });
});

test('a document is sent once and asked for by its hash from then on', async () => {
  const query = '{ runs { total } }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  const unknown = await ask({ extensions });
  expect([unknown.status, unknown.errors[0]?.message, codes(unknown)]).toEqual([
    400,
    'PersistedQueryNotFound',
    ['PersistedQueryNotFound'],
  ]);
  expect((await ask({ query, extensions })).data).toBeDefined();
  expect((await ask({ extensions })).data).toMatchObject({ runs: { total: expect.any(Number) } });
  expect(codes(await ask({ query: '{ runs { limit } }', extensions }))).toEqual(['PersistedQueryMismatch']);
});

describe('a run', () => {
  test('is asked for, cancelled and begun again', async () => {
    const request = 'mutation ($input: RunRequest!) { requestRun(input: $input) { id state warnings { code } } }';
    const input = { definition: PING, tags: ['from-graphql'] };
    const idempotency = { 'idempotency-key': 'graphql-1' };
    const twice = `mutation ($input: RunRequest!) { a: requestRun(input: $input) { id } b: requestRun(input: $input) { id } }`;
    const both = await ask({ query: twice, variables: { input } }, idempotency);
    expect(both.data?.['a']).not.toEqual(both.data?.['b']);
    expect((await ask({ query: twice, variables: { input } }, idempotency)).data).toEqual(both.data);
    const made = await ask({ query: request, variables: { input } }, idempotency);
    const id = (made.data?.['requestRun'] as unknown as { id: string } | undefined)?.id ?? '';
    expect((await ask({ query: request, variables: { input } }, idempotency)).data).toMatchObject({
      requestRun: { id },
    });
    const cancel = `mutation { cancelRun(id: "${id}") { status verdict } }`;
    expect((await ask({ query: cancel })).data).toEqual({ cancelRun: { status: 'cancelled', verdict: 'cancelled' } });
    expect(codes(await ask({ query: cancel }))).toEqual(['conflict']);
    const again = await ask({ query: `mutation { rerun(id: "${id}") { triggerRef tags } }` });
    expect(again.data).toMatchObject({ rerun: { triggerRef: id, tags: ['smoke', 'from-graphql'] } });
    const invalid = await ask({ query: request, variables: { input: { definition: 'flow: {}' } } });
    expect(codes(invalid)).toEqual(['flow-invalid']);
    expect(invalid.errors[0]?.extensions['errors']).not.toEqual([]);
  });
});

describe('a subscription', () => {
  const follow = async (after: number, headers: Record<string, string> = {}, id = run) => {
    const response = await api.app.inject({
      method: 'POST',
      url: '/api/v1/graphql',
      headers: { 'x-api-key': key, accept: 'text/event-stream', ...headers },
      payload: { query: `subscription { runEvents(id: "${id}", after: ${after}) { seq type } }` },
    });
    return response.body;
  };

  test('tells the events of a run from where the reader was, each once, and ends with it', async () => {
    const whole = await follow(0);
    expect([...whole.matchAll(/^id: (\d)\nevent: next\ndata: (.*)$/gm)].map(([, id]) => id)).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(whole).toContain('data: {"data":{"runEvents":{"seq":5,"type":"RunCompleted"}}}');
    expect(whole.endsWith('event: complete\ndata:\n\n')).toBe(true);
    const rest = (text: string) => [...text.matchAll(/^id: (\d)$/gm)].map(([, id]) => id);
    expect(rest(await follow(3))).toEqual(['4', '5']);
    expect(rest(await follow(0, { 'last-event-id': '4' }))).toEqual(['5']);
    expect(rest(await follow(5))).toEqual([]);
    expect(rest(await follow(9999))).toEqual([]);
  });

  test('goes on while the run does', async () => {
    const id = await requested(api, key);
    const following = follow(1, {}, id);
    while (api.live.listeners() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    written(api, id, started, stepStarted);
    written(api, id, stepFailed, failed);
    expect([...(await following).matchAll(/"type":"(\w+)"/g)].map(([, type]) => type)).toEqual([
      'RunStarted',
      'StepStarted',
      'StepCompleted',
      'RunCompleted',
    ]);
    expect(api.live.listeners()).toBe(0);
  });

  test('is refused where it cannot be answered, and to strangers', async () => {
    const query = `subscription { runEvents(id: "${run}") { seq } }`;
    expect((await ask({ query })).errors[0]?.message).toContain('text/event-stream');
    const strangersKey = api.access.addKey(OTHER);
    expect(codes(await ask({ query }, { 'x-api-key': strangersKey, accept: 'text/event-stream' }))).toEqual([
      'not-found',
    ]);
  });
});

test('a key needs for each field what it needs for the route that shows the same', async () => {
  const key = api.access.addKey(DEFAULT_WORKSPACE, { permissions: ['workspace:view'] });
  const refused = await ask({ query: '{ runs { total } }' }, { 'x-api-key': key });
  expect([refused.status, refused.data, codes(refused)]).toEqual([200, { runs: null }, ['forbidden']]);
});

test('what breaks within the server is logged, and a stranger is told nothing of it', async () => {
  const broken = await startApi({
    runs: {
      list: async () => Promise.reject(new Error('password of the database')),
      byRunIds: async () => new Map(),
      stored: async () => undefined,
      storedJson: async () => undefined,
      outline: async () => undefined,
    },
  });
  const own = { 'x-api-key': broken.access.addKey(DEFAULT_WORKSPACE) };
  const answer = await ask({ query: '{ runs { total } }' }, own, broken);
  expect(codes(answer)).toEqual(['internal']);
  expect(JSON.stringify(answer)).not.toContain('password');
  expect(broken.failures.map(({ message }) => message)).toEqual(['password of the database']);
  await broken.app.close();
});
