import { expect, test } from '@jest/globals';
import { broken, fakeAction, fixed, flow, ok, stepOf, templateOf } from '@testmesh/testing';
import { MAX_DEPTH } from './control/run-flow-step.ts';
import { run, untilAborted } from './run.fixture.ts';

// Codes that no other spec of the engine raises.

const check = stepOf.action('check', { config: { n: 1 }, assert: ['n == 1'] });
const hang = fakeAction((_config, { signal }) => untilAborted(signal));

test('TM5002: an attempt still running when all of them are over is stopped', async () => {
  const steps = [stepOf.action('a', { action: 'hang', retry: { maxAttempts: 3, maxElapsedMs: 700 } })];
  const { step } = await run(flow({ steps }), { actions: { hang } });
  expect(step('a')).toMatchObject({ durationMs: 700, error: { code: 'TM5002' } });
});

test('TM5008: a step still running when the wait is over is stopped', async () => {
  const steps = [stepOf.waitUntil('w', '1 == one', [stepOf.action('a', { action: 'hang' })], { maxDurationMs: 900 })];
  const { step } = await run(flow({ steps, env: { one: 1 } }), { actions: { hang } });
  expect(step('w[0]/a').error?.code).toBe('TM5008');
  expect(step('w')).toMatchObject({ status: 'failed', error: { code: 'TM5050' } });
});

test('TM5009: the step in flight is stopped when the journal is lost', async () => {
  const seen: unknown[] = [];
  let broke = false;
  const action = fakeAction((_config, { signal }) => {
    broke = true;
    return untilAborted(signal).catch((reason: { error: unknown }) => {
      seen.push(reason.error);
      return broken();
    });
  });
  const lost = fakeAction((_config, context) => {
    context
      .use(
        { kind: 'server', key: 'a', bound: true },
        async () => 1,
        async () => undefined,
      )
      .catch(() => undefined);
    return untilAborted(context.signal);
  });
  const record = (): void => {
    if (broke) throw new Error('the disk is full');
  };
  const branches = { a: [stepOf.action('a', { action: 'wait' })], b: [stepOf.action('b', { action: 'lost' })] };
  const running = run(flow({ steps: [stepOf.parallel('p', branches)] }), {
    actions: { wait: action, lost },
    ports: { recorder: { record, durable: async () => undefined } },
  });
  await expect(running).rejects.toThrow('the disk is full');
  expect(seen).toMatchObject([{ code: 'TM5009' }]);
});

test('TM5010: error_steps of a failed assertion see a code and what did not hold', async () => {
  const rescue = stepOf.action('rescue', { config: { told: '${error.code} ${error.message}' } });
  const { step } = await run(
    flow({ steps: [stepOf.action('a', { config: { n: 1 }, assert: ['n == 2'], errorSteps: [rescue] })] }),
  );
  expect(JSON.stringify(step('a/on_error/rescue').output)).toContain('TM5010 n == 2');
});

test('TM5011: a thing that does not close in time is left behind, and said', async () => {
  const open = fakeAction(async (_config, context) => {
    await context.use(
      { kind: 'pool', key: 'a' },
      async () => 1,
      () => new Promise(() => undefined),
    );
    return ok({ n: 1 });
  });
  const { events, outcome } = await run(flow({ steps: [stepOf.action('a', { action: 'open', assert: ['n == 1'] })] }), {
    actions: { open },
  });
  expect(outcome.verdict).toBe('passed');
  expect(events.find(({ type }) => type === 'ResourceClosed')).toMatchObject({
    error: { code: 'TM5011', message: 'the pool did not close within 15s' },
  });
});

test('TM5012: a nested step that failed by its assertions gives its own code to the step around it', async () => {
  const inner = stepOf.action('inner', { config: { n: 1 }, assert: ['n == 2'] });
  const { step } = await run(flow({ steps: [stepOf.condition('if', '1 == one', [inner])], env: { one: 1 } }));
  expect(step('if')).toMatchObject({
    status: 'failed',
    error: { code: 'TM5012', message: expect.stringMatching(/^if\/inner: n == 2/) },
  });
});

test('TM5014: an action that cannot be loaded is an error of its step', async () => {
  const { step } = await run(flow({ steps: [check, stepOf.action('a', { action: 'missing' })] }));
  expect(step('a').error).toMatchObject({ code: 'TM5014', message: 'missing could not be loaded: no action missing' });
});

test('TM5015: a schema file that cannot be read is an error of its step', async () => {
  const [assertion] = check.asserts;
  if (assertion?.check.kind !== 'expression') throw new Error('the step has an assertion');
  const subject = assertion.check.expression;
  const asserts = [
    {
      ...assertion,
      check: {
        kind: 'schema' as const,
        subject,
        schema: { kind: 'file' as const, path: 'user.json', language: 'json' as const },
      },
    },
  ];
  const { step } = await run(flow({ steps: [{ ...check, asserts }] }));
  expect(step('check').error).toMatchObject({
    code: 'TM5015',
    message: expect.stringContaining('no file flows/user.json'),
  });
});

test('TM5030: a setting that is a template is checked when its value is known', async () => {
  const span = check.span;
  const timeoutMs = { kind: 'template' as const, template: templateOf('${LIMIT}'), span };
  const given = async (limit: number | string) =>
    run(flow({ env: { LIMIT: limit }, steps: [{ ...check, timeoutMs }] }));
  expect((await given('30s')).outcome.verdict).toBe('passed');
  expect((await given(30)).step('check').error).toMatchObject({
    code: 'TM5030',
    message: '30 is not a duration such as 3s',
  });
});

test('TM5043: a range that never ends is refused', async () => {
  const over = { kind: 'range' as const, start: fixed(1), end: fixed(2), step: fixed(0) };
  const { step } = await run(flow({ steps: [stepOf.forEach('loop', over, [check])] }));
  expect(step('loop').error?.code).toBe('TM5043');
});

test.each([
  ['a,b\n1\n', 'row 1 has 1 cells, and the header has 2'],
  ['a\n"1"x\n', 'is not CSV'],
])('TM5044: rows that cannot be read are refused: %j', async (text, message) => {
  const over = { kind: 'rows' as const, file: templateOf('rows.csv') };
  const readFile = async () => new TextEncoder().encode(text);
  const { step } = await run(flow({ steps: [stepOf.forEach('loop', over, [check])] }), { ports: { readFile } });
  expect(step('loop').error).toMatchObject({ code: 'TM5044', message: expect.stringContaining(message) });
});

test('TM5060: a flow that cannot be read is refused', async () => {
  const { step } = await run(flow({ steps: [stepOf.runFlow('child', 'gone.yaml')] }));
  expect(step('child').error).toMatchObject({
    code: 'TM5060',
    message: 'the flow gone.yaml could not be read: no flow gone.yaml',
  });
});

test('TM5062: flows that lead into each other without end are refused', async () => {
  let depth = 0;
  const childFlow = async () => flow({ file: `flows/${depth++}.yaml`, steps: [stepOf.runFlow('deeper', 'next.yaml')] });
  const { outcome } = await run(flow({ steps: [stepOf.runFlow('deeper', 'next.yaml')] }), { ports: { childFlow } });
  expect(outcome.error?.code).toBe('TM5062');
  expect(depth).toBe(MAX_DEPTH);
});

test.each([
  ['{', 'could not be read'],
  ['["ada"]', 'it must hold a map'],
])('TM5064: an input_file that holds no map is refused: %j', async (text, message) => {
  const steps = [stepOf.runFlow('child', 'child.yaml', {}, { inputFile: 'given.json' })];
  const ports = {
    childFlow: async () => flow({ file: 'child.yaml', steps: [] }),
    readFile: async () => new TextEncoder().encode(text),
  };
  const { step } = await run(flow({ steps }), { ports });
  expect(step('child').error).toMatchObject({ code: 'TM5064', message: expect.stringContaining(message) });
});

test('TM5063: an env_file of a child that cannot be read is refused', async () => {
  const child = flow({ file: 'flows/child.yaml', envFile: { path: '.env', span: check.span }, steps: [check] });
  const childFlow = async () => child;
  const steps = [stepOf.runFlow('child', 'child.yaml')];
  const missing = await run(flow({ steps }), { ports: { childFlow } });
  expect(missing.step('child').error).toMatchObject({ code: 'TM5063', message: expect.stringContaining('flows/.env') });
  const readFile = async () => new TextEncoder().encode('X=5\n');
  expect((await run(flow({ steps }), { ports: { childFlow, readFile } })).outcome.verdict).toBe('passed');
});
