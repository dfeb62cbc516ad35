import { describe, expect, test } from '@jest/globals';
import type { Flow, Step } from '../model/flow.ts';
import { catalogue } from './catalogue.fixture.ts';
import { readFlow } from './read-flow.ts';

const flowOf = async (text: string): Promise<Flow> => {
  const { flow, diagnostics } = await readFlow({ file: 'flows/order.yaml', text }, catalogue);
  expect(diagnostics).toEqual([]);
  if (flow === undefined) throw new Error('no flow');
  return flow;
};

const stepOf = async (lines: string): Promise<Step> => {
  const flow = await flowOf(`flow:\n  name: a\n  steps:\n${lines.replace(/^/gm, '    ')}\n`);
  const [step] = flow.steps;
  if (step === undefined) throw new Error('no step');
  return step;
};

const configOf = (step: Step) =>
  step.kind === 'action' && step.config.kind === 'constant' ? step.config.value : undefined;
const fixed = <T>(value: T) => expect.objectContaining({ kind: 'fixed', value });
const LOG = '{ id: say, action: log, config: { message: hi } }';

describe('other spellings mean the same', () => {
  test('actions and their config keys', async () => {
    const step = await stepOf(
      '- action: kafka_consume\n  config: { brokers: b, topic: t, max_messages: 3, auto_offset_reset: earliest }',
    );
    expect(step.action).toBe('kafka_consumer');
    expect(configOf(step)).toEqual({ brokers: 'b', topic: 't', count: 3, from_beginning: true });
    const query = await stepOf('- action: database_query\n  config: { connection_string: c, query: q }');
    expect(configOf(query)).toEqual({ connection: 'c', query: 'q' });
  });

  test.each(['output', 'save', 'extract'])('%s', async (key) => {
    const step = await stepOf(`- action: http\n  config: { url: "http://a/b" }\n  ${key}: { user_id: $.body.id }`);
    expect(step.outputs.map(({ name, from }) => [name, from.kind])).toEqual([['user_id', 'path']]);
  });

  test.each([
    ['continue', 'continue'],
    ['fail', 'fail'],
    ['{ action: continue }', 'continue'],
    ['{ action: continue, on_timeout: continue }', 'continue'],
  ])('on_error: %s', async (written, meant) => {
    expect((await stepOf(`- action: log\n  config: { message: a }\n  on_error: ${written}`)).onError).toBe(meant);
    expect((await stepOf(`- action: log\n  config: { message: a }\n  onError: ${written}`)).onError).toBe(meant);
  });

  test('error_steps on the step or within on_error', async () => {
    const own = await stepOf(`- action: log\n  config: { message: a }\n  error_steps: [${LOG}]`);
    const within = await stepOf(`- action: log\n  config: { message: a }\n  on_error: { error_steps: [${LOG}] }`);
    expect(own.errorSteps.map(({ id }) => id)).toEqual(['say']);
    expect(within.errorSteps.map(({ id }) => id)).toEqual(['say']);
  });

  test.each([
    ['retry: 3', { maxAttempts: fixed(3), delayMs: fixed(1000), backoff: 'constant', jitter: 0 }],
    ['retry: { attempts: 4, initial_delay: 200ms }', { maxAttempts: fixed(4), delayMs: fixed(200) }],
    ['retry: { max_attempts: 2, backoff: fixed, jitter: true }', { backoff: 'constant', jitter: 0.5 }],
    [
      'retry: { backoff: exponential, max_delay: 1m30s }',
      { maxAttempts: fixed(3), backoff: 'exponential', maxDelayMs: fixed(90_000) },
    ],
    [
      'retry: { retry_on_status: [502, 503], retry_on_not: ECONNREFUSED }',
      { retryOn: ['502', '503'], retryOnNot: ['ECONNREFUSED'] },
    ],
    ['retry: { max_elapsed: 10s }', { maxElapsedMs: fixed(10_000), maxAttempts: fixed(Number.MAX_SAFE_INTEGER) }],
  ])('%s', async (written, meant) => {
    expect((await stepOf(`- action: http\n  config: { url: "http://a/b" }\n  ${written}`)).retry).toMatchObject(meant);
  });

  test('a retry that is switched off', async () => {
    const step = await stepOf(
      '- action: http\n  config: { url: "http://a/b" }\n  retry: { enabled: false, max_attempts: 3 }',
    );
    expect(step.retry).toBeUndefined();
  });

  test('assertions as a text, a list, an object, or within config', async () => {
    const texts = async (lines: string) =>
      (await stepOf(`- action: http\n${lines}`)).asserts.map(({ text, group }) => `${group} ${text}`);
    expect(await texts('  config: { url: "http://a/b" }\n  assert: status == 200')).toEqual(['all status == 200']);
    expect(await texts('  config: { url: "http://a/b", assert: [status == 200] }')).toEqual(['all status == 200']);
    expect(
      await texts('  config: { url: "http://a/b" }\n  assert: [{ expression: status == 200, message: down }]'),
    ).toEqual(['all status == 200']);
    expect(
      await texts('  config: { url: "http://a/b" }\n  assert_any: [status == 200]\n  assert_none: [body.a == 1]'),
    ).toEqual(['any status == 200', 'none body.a == 1']);
    const own = await stepOf('- action: assert\n  config: { data: { a: 1 }, assertions: [a == 1, a > 0] }');
    expect(own.asserts.map(({ text }) => text)).toEqual(['a == 1', 'a > 0']);
  });
});

describe('control flow stands in config or on the step', () => {
  const both = async (action: string, settings: string): Promise<readonly Step[]> => [
    await stepOf(`- action: ${action}\n${settings.replace(/^/gm, '  ')}`),
    await stepOf(`- action: ${action}\n  config:\n${settings.replace(/^/gm, '    ')}`),
  ];

  test('parallel: branches, named branches, flat steps', async () => {
    for (const step of await both(
      'parallel',
      `branches:\n  - steps: [${LOG}]\n  - { name: b, steps: [${LOG.replace('say', 'b1')}] }\nmax_concurrent: 2\nfail_fast: false`,
    )) {
      expect(step).toMatchObject({ kind: 'parallel', failFast: false, maxConcurrent: fixed(2) });
      expect(step.kind === 'parallel' && step.branches.map(({ name }) => name)).toEqual(['branch_0', 'b']);
    }
    for (const step of await both('parallel', `steps: [${LOG}]`)) {
      expect(step.kind === 'parallel' && step.branches.map(({ name }) => name)).toEqual(['say']);
    }
    for (const step of await both('parallel', `branches: { left: [${LOG}] }`)) {
      expect(step.kind === 'parallel' && step.branches.map(({ name }) => name)).toEqual(['left']);
    }
  });

  test.each(['item_name', 'item_var', 'as'])('for_each with %s', async (key) => {
    for (const step of await both('for_each', `items: [1, 2]\n${key}: order\nsteps: [${LOG}]`)) {
      expect(step).toMatchObject({ kind: 'for_each', itemName: 'order', indexName: 'index', allowEmpty: false });
    }
  });

  test('for_each over a range, files and rows', async () => {
    const over = async (settings: string) => {
      const step = await stepOf(`- action: for_each\n  ${settings}\n  steps: [${LOG}]`);
      return step.kind === 'for_each' ? step.over : undefined;
    };
    expect(await over('range: { start: 2, end: 6, step: 2 }')).toMatchObject({
      kind: 'range',
      start: fixed(2),
      end: fixed(6),
      step: fixed(2),
    });
    expect(await over('range: { from: 1, to: 3 }')).toMatchObject({ kind: 'range', end: fixed(3), step: fixed(1) });
    expect(await over('items_from_glob: "data/*.json"')).toMatchObject({ kind: 'glob' });
    expect(await over('items_from_csv: users.csv')).toMatchObject({ kind: 'rows' });
  });

  test.each(['then', 'then_steps', 'steps'])('condition with %s', async (then) => {
    for (const step of await both(
      'condition',
      `expression: RUN_ID == "a"\n${then}: [${LOG}]\nelse_steps: [${LOG.replace('say', 'no')}]`,
    )) {
      expect(step.kind === 'condition' && [step.then, step.else].map((steps) => steps.map(({ id }) => id))).toEqual([
        ['say'],
        ['no'],
      ]);
    }
  });

  test('when of a condition without one is its condition', async () => {
    const step = await stepOf(`- action: condition\n  when: RUN_ID == "a"\n  steps: [${LOG}]`);
    expect(step).toMatchObject({ kind: 'condition', condition: { text: 'RUN_ID == "a"' } });
    expect(step.when).toBeUndefined();
  });

  test('wait_until', async () => {
    for (const step of await both(
      'wait_until',
      `condition: say.logged\nstop_if: say.message == "no"\nsteps: [${LOG}]\ninterval: 50ms\nmax_duration: 10s\non_timeout: continue`,
    )) {
      expect(step).toMatchObject({
        kind: 'wait_until',
        intervalMs: fixed(50),
        maxDurationMs: fixed(10_000),
        onTimeout: 'continue',
      });
    }
    const step = await stepOf(
      `- action: wait_until\n  config: { condition: say.logged, timeout: 5s, steps: [${LOG}] }`,
    );
    expect(step).toMatchObject({ maxDurationMs: fixed(5000) });
  });

  test.each(['flow', 'file'])('run_flow with %s', async (key) => {
    for (const step of await both('run_flow', `${key}: login.yaml\ninput: { user: ada }`)) {
      expect(step).toMatchObject({ kind: 'run_flow', flow: fixed('login.yaml'), inheritEnv: true });
    }
  });
});

describe('a flow', () => {
  test('keeps what it says of itself', async () => {
    const flow = await flowOf(`x-owner: shop
flow:
  name: Orders
  description: All of it
  suite: shop
  tags: [smoke, 5]
  secrets: [TOKEN]
  env_file: .env
  env: { A: 1, B: "\${A}" }
  inputs: { USER: { type: string, default: ada, description: who }, ID: , OTHER: { required: false } }
  outputs: { order: "\${say.message}", said: say.message }
  resources: { exclusive: [orders-db] }
  config: { timeout: 5m, fail_fast: false, retry: 2 }
  teardown_timeout: 30s
  restartable: true
  x-note: mine
  steps:
    - ${LOG}
    - action: log
      config: { message: hi }
`);
    expect(flow).toMatchObject({
      name: 'Orders',
      suite: 'shop',
      tags: ['smoke', '5'],
      secrets: ['TOKEN'],
      envFile: { path: '.env' },
      exclusive: ['orders-db'],
      failFast: false,
      restartable: true,
      timeoutMs: fixed(300_000),
      teardownTimeoutMs: fixed(30_000),
    });
    expect(flow.inputs).toMatchObject([
      { name: 'USER', type: 'string', required: false, default: 'ada' },
      { name: 'ID', type: 'any', required: true },
      { name: 'OTHER', required: false },
    ]);
    expect(flow.outputs.map(({ name }) => name)).toEqual(['order', 'said']);
    expect(flow.steps.map(({ id, named }) => [id, named])).toEqual([
      ['say', true],
      ['log_2', false],
    ]);
    expect(flow.steps[0]?.retry).toMatchObject({ maxAttempts: fixed(2) });
    expect([...flow.mentions].sort()).toEqual(['A', 'say']);
    expect(flow.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('keeps digits, quoted and unquoted keys, merged maps', async () => {
    const step = await stepOf(`- action: http_request
  config:
    url: "http://a/b"
    body: { 5432: "0", exact: 12345678901234567890, no: no, on: on, day: 2024-05-01, <<: { merged: 1 } }`);
    const { body } = configOf(step) as { body: Record<string, unknown> };
    expect(body).toMatchObject({ '5432': '0', no: 'no', on: 'on', day: '2024-05-01', merged: 1 });
    expect(String(body['exact'])).toBe('12345678901234567890');
  });
});
