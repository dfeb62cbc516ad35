import { expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import type { Environment } from '@testmesh/flow';
import { fakeAction, flow, ok, stepOf, templateOf } from '@testmesh/testing';
import { RUN_ID, run } from '../run.fixture.ts';

const see = (config: Value) => stepOf.action('see', { config: { got: config }, assert: ['got != ""'] });
const span = { file: 'environments/x.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };

const environment = (parts: {
  variables?: Record<string, string>;
  secret?: Record<string, string>;
  services?: Record<string, string>;
  overrides?: Record<string, Value>;
  headers?: Value;
}): Environment => ({
  name: 'x',
  file: 'environments/x.yaml',
  text: '',
  variables: [
    ...Object.entries(parts.variables ?? {}).map(([name, value]) => ({
      name,
      template: templateOf(value),
      span,
      secret: false,
    })),
    ...Object.entries(parts.secret ?? {}).map(([name, value]) => ({
      name,
      template: { kind: 'constant' as const, value },
      span,
      secret: true,
    })),
  ],
  services: Object.entries(parts.services ?? {}).map(([name, value]) => ({ name, template: templateOf(value), span })),
  overrides: new Map(Object.entries(parts.overrides ?? {}).map(([action, config]) => [action, templateOf(config)])),
  headers: parts.headers === undefined ? undefined : templateOf(parts.headers),
  protected: false,
  mentions: new Set(),
});

test('E35: each scope hides the one below it', async () => {
  const layers: [string, Parameters<typeof run>[1]][] = [];
  const input: Record<string, unknown> = {};
  const add = (name: string, more: Record<string, unknown>) => {
    Object.assign(input, more);
    layers.push([name, { input: { ...input } }]);
  };
  add('os', { osVariables: new Map([['X', 'os']]) });
  add('flow env_file', { flowEnvFileVariables: new Map([['X', 'flow env_file']]) });
  add('environment', { environment: environment({ variables: { X: 'environment' } }) });
  add('--env-file', { envFileVariables: new Map([['X', '--env-file']]) });
  add('--var', { variables: new Map([['X', '--var']]) });
  for (const [expected, parts] of layers) {
    const { step } = await run(flow({ steps: [see('${X}')] }), parts);
    expect(step('see').output).toEqual({ got: expected });
  }
  const env = { X: 'flow env' };
  const below = await run(flow({ env, steps: [see('${X}')] }), {
    input: { flowEnvFileVariables: new Map([['X', 'file']]) },
  });
  expect(below.step('see').output).toEqual({ got: 'flow env' });
  const above = await run(flow({ env, steps: [see('${X}')] }), layers[2]?.[1]);
  expect(above.step('see').output).toEqual({ got: 'environment' });
  const captured = [stepOf.action('set', { config: { v: 'captured' }, output: { X: 'v' } }), see('${X}')];
  const top = await run(flow({ env, steps: captured }), layers[4]?.[1]);
  expect(top.step('see').output).toEqual({ got: 'captured' });
});

test('E36: definitions refer to one another and to captured names; data is literal', async () => {
  const steps = [
    stepOf.action('set', { config: { id: 5, evil: '${BASE}' }, output: { id: 'id', evil: 'evil' } }),
    see(['${URL}', '${evil}', '${GIVEN}']),
  ];
  const { step } = await run(flow({ env: { URL: '${BASE}/orders/${id}', BASE: 'http://x' }, steps }), {
    input: { variables: new Map([['GIVEN', '${BASE}']]) },
  });
  expect(step('see').output).toEqual({ got: ['http://x/orders/5', 'http://x', '${BASE}'] });
});

test('data brought by a response is never expanded', async () => {
  const action = fakeAction((config) => ok(config['bring'] ? { body: '${BASE}' } : config));
  const steps = [stepOf.action('get', { config: { bring: true }, output: { text: 'body' } }), see('<${text}>')];
  const { step } = await run(flow({ env: { BASE: 'http://x' }, steps }), { actions: { do: action } });
  expect(step('see').output).toEqual({ got: '<${BASE}>' });
});

test('services, overrides and routing headers of the environment reach the action, rendered', async () => {
  const seen: unknown[] = [];
  const action = fakeAction((config, { routingHeaders }) => {
    seen.push([config, routingHeaders]);
    return ok({ n: 1 });
  });
  const chosen = environment({
    services: { 'user-api': 'http://${HOST}:5001' },
    overrides: { do: { connection: 'pg://${HOST}', poll: { timeout: '5s', interval: '1s' } } },
    headers: { 'X-Env': '${HOST}', 'X-N': 1 },
  });
  const steps = [
    stepOf.action('a', { config: { url: '${service.user-api}/u', poll: { interval: '9s' } }, assert: ['n == 1'] }),
  ];
  await run(flow({ steps }), {
    actions: { do: action },
    input: { environment: chosen, variables: new Map([['HOST', 'h']]) },
  });
  expect(seen).toEqual([
    [
      { connection: 'pg://h', url: 'http://h:5001/u', poll: { timeout: '5s', interval: '9s' } },
      { 'X-Env': 'h', 'X-N': '1' },
    ],
  ]);
});

test('what is constant within a run is the same in every step', async () => {
  const names = '${RANDOM_ID} ${RUN_ID} ${EXECUTION_ID} ${FLOW_NAME}';
  const steps = [see(names), stepOf.action('again', { config: { got: names } })];
  const { step, events } = await run(flow({ steps }));
  expect(step('again').output).toEqual(step('see').output);
  expect(JSON.stringify(step('see').output)).toContain(`${RUN_ID} ${RUN_ID} test flow`);
  const started = events.find((event) => event.type === 'RunStarted');
  expect(started).toMatchObject({ seed: 'seed', constants: { RUN_ID, FLOW_NAME: 'test flow' } });
});

test('E31: only results that something mentions are kept', async () => {
  const steps = [
    stepOf.action('a', { config: { n: 1 }, assert: ['n == 1'] }),
    stepOf.action('b', { config: { got: '${a.n}' } }),
  ];
  const kept = await run(flow({ steps, mentions: ['a'] }));
  expect(kept.outcome.verdict).toBe('passed');
  const dropped = await run(flow({ steps, mentions: [] }));
  expect(dropped.step('b').status).toBe('error');
});

test('E95: a step is prepared before setup when its config is known, else as soon as it is', async () => {
  const order: string[] = [];
  const consume = fakeAction(
    (config) => {
      order.push(`consume ${config['topic']}`);
      return ok(config);
    },
    { prepare: async (config) => void order.push(`prepare ${config['topic']}`) },
  );
  const make = fakeAction((config) => {
    order.push('make');
    return ok(config);
  });
  const steps = [
    stepOf.action('make', { action: 'make', config: { name: 't2' }, output: { topic: 'name' } }),
    stepOf.action('c1', { action: 'consume', config: { topic: 't1' }, assert: ['topic == "t1"'] }),
    stepOf.action('c2', { action: 'consume', config: { topic: '${topic}' } }),
  ];
  await run(flow({ setup: [stepOf.action('setup', { action: 'make' })], steps }), { actions: { consume, make } });
  expect(order).toEqual(['prepare t1', 'make', 'make', 'prepare t2', 'consume t1', 'consume t2']);
});

test('E96: a failed preparation is no verdict', async () => {
  const consume = fakeAction(() => ok({ n: 1 }), { prepare: async () => Promise.reject(new Error('no broker')) });
  const { outcome, logged } = await run(flow({ steps: [stepOf.action('c', { assert: ['n == 1'] })] }), {
    actions: { do: consume },
  });
  expect(outcome.verdict).toBe('passed');
  expect(logged).toEqual(['c could not be prepared: no broker']);
});

test('positions are taken once per resource and recorded', async () => {
  const action = fakeAction(async (_config, context) => ok({ n: await context.positions('topic', async () => 41) }));
  const steps = [stepOf.action('a', { assert: ['n == 41'] }), stepOf.action('b', { assert: ['n == 41'] })];
  const { events } = await run(flow({ steps }), { actions: { do: action } });
  expect(events.filter(({ type }) => type === 'PositionsRecorded')).toEqual([
    { type: 'PositionsRecorded', resource: 'topic', positions: 41 },
  ]);
});

test('an action learns the trace of the run and which equalities tell its messages from others', async () => {
  let trace = '';
  let found: unknown;
  const consume = fakeAction((_config, { traceparent, expectations }) => {
    trace = traceparent;
    found = expectations.correlations;
    return ok({ value: { id: 7 } });
  });
  const steps = [
    stepOf.action('order', { config: { id: 7 }, output: { order_id: 'id' } }),
    stepOf.action('c', { action: 'consume', assert: ['value.id == order_id', 'value.id == fixed'] }),
  ];
  const { outcome } = await run(flow({ steps, env: { fixed: 7 } }), { actions: { consume } });
  expect(outcome.verdict).toBe('passed');
  expect(trace).toMatch(new RegExp(`^00-${RUN_ID.replaceAll('-', '')}-[0-9a-f]{16}-01$`));
  expect(found).toMatchObject([{ path: ['value', 'id'], value: 7 }]);
});

test.each(['order.order_id', 'order.output.id', 'steps.order.id'])(
  'a value reached through a step (%s) tells messages apart as one captured by name does',
  async (reference) => {
    let found: unknown;
    const consume = fakeAction((_config, { expectations }) => {
      found = expectations.correlations;
      return ok({ value: { id: 7 } });
    });
    const steps = [
      stepOf.action('order', { config: { id: 7 }, output: { order_id: 'id' } }),
      stepOf.action('c', { action: 'consume', assert: [`value.id == "\${${reference}}"`] }),
    ];
    await run(flow({ steps }), { actions: { consume } });
    expect(found).toMatchObject([{ path: ['value', 'id'], value: 7 }]);
  },
);
