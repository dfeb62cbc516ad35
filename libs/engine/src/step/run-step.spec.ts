import { expect, test } from '@jest/globals';
import { broken, fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { run, untilAborted } from '../run.fixture.ts';

const green = stepOf.action('check', { config: { status: 200 }, assert: ['status == 200'] });

test('a flow whose assertions hold passes, and every assertion is recorded', async () => {
  const { outcome, step } = await run(flow({ steps: [green] }));
  expect(outcome).toEqual({ verdict: 'passed', outputs: {} });
  expect(step('check').assertions).toMatchObject([{ expression: 'status == 200', passed: true, actual: 200 }]);
});

test('E5: all assertions are judged; the run says the first that does not hold', async () => {
  const steps = [stepOf.action('pay', { config: { total: 69.98, ok: false }, assert: ['total == 59.98', 'ok'] })];
  const { outcome, step } = await run(flow({ steps }));
  expect(outcome.verdict).toBe('failed');
  expect(outcome.reason).toMatch(/^pay: total == 59\.98.*\(and 1 more\)$/s);
  expect(step('pay').assertions.map(({ passed }) => passed)).toEqual([false, false]);
});

test('E5: an expectation of the action itself fails the step like an assertion', async () => {
  const implied = [{ expression: 'status < 400', group: 'implied' as const, passed: false, actual: 500, values: [] }];
  const action = fakeAction(() => ({ kind: 'completed', output: { status: 500 }, implied }));
  const { outcome, step } = await run(flow({ steps: [stepOf.action('call')] }), { actions: { do: action } });
  expect(outcome.verdict).toBe('failed');
  expect(step('call')).toMatchObject({ status: 'failed', checks: 1 });
});

test('E5: what a wait did not bring is not told as a key that is missing', async () => {
  const implied = [{ expression: 'a message', group: 'implied' as const, passed: false, values: [] }];
  const { schema, ...action } = fakeAction(() => ({ kind: 'completed', output: { messages: [] }, implied }));
  const result = { value: { type: 'any' as const, description: 'the first value' } };
  const reading = { ...action, schema: { ...schema, result } };
  const steps = [stepOf.action('read', { assert: ['value.id == 1'] })];
  const { step } = await run(flow({ steps }), { actions: { do: reading } });
  expect(step('read').assertions[1]?.message).toMatch('the step did not bring what it waits for');
});

test('E6: what could not be carried out is an error with its code', async () => {
  const { outcome, step } = await run(flow({ steps: [green, stepOf.action('call'), green] }), {
    actions: { do: fakeAction((config) => (config['status'] ? ok(config) : broken())) },
  });
  expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'ECONNREFUSED' } });
  expect(step('call').status).toBe('error');
});

test('E6: a key of the config that is at fault is the place of the error', async () => {
  const span = { file: 'flows/a.yaml', line: 7, column: 16, endLine: 7, endColumn: 27 };
  const call = { ...stepOf.action('call'), configPlaces: new Map([['proto', span]]) };
  const action = fakeAction(() => ({ kind: 'not-carried-out', code: 'TM4402', reason: 'no such file', at: 'proto' }));
  const { step } = await run(flow({ steps: [call] }), { actions: { do: action } });
  expect(step('call').error).toMatchObject({ code: 'TM4402', span });
});

test('E6: an assertion that names error turns it into a result', async () => {
  const steps = [stepOf.action('call', { assert: ['error.code == "ECONNREFUSED"'] })];
  const { outcome } = await run(flow({ steps }), { actions: { do: fakeAction(() => broken()) } });
  expect(outcome.verdict).toBe('passed');
});

test('E7: outputs keep their types and are there for later steps', async () => {
  const steps = [
    stepOf.action('order', { config: { id: 7, list: [1, 2] }, output: { order_id: 'id', list: 'list' } }),
    stepOf.action('look', {
      config: { got: '${order_id}', text: 'n${order_id}' },
      assert: ['got == 7', 'text == "n7"'],
    }),
  ];
  const { outcome, step } = await run(flow({ steps }));
  expect(outcome).toEqual({ verdict: 'passed', outputs: { order_id: 7, list: [1, 2] } });
  expect(step('order').captured).toEqual({ order_id: 7, list: [1, 2] });
});

test('E7: an output that is not in the result fails the step', async () => {
  const { outcome, step } = await run(flow({ steps: [stepOf.action('order', { output: { order_id: 'id' } }), green] }));
  expect(outcome.verdict).toBe('failed');
  expect(step('order')).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('id') } });
});

test('E8: a name that nothing defines is a defect that on_error does not excuse', async () => {
  const steps = [stepOf.action('call', { config: { a: '${nobody}' }, onError: 'continue' }), green];
  const { outcome, line, step } = await run(flow({ steps }));
  expect(outcome.verdict).toBe('error');
  expect(line).toEqual(['call: error']);
  expect(step('call').error).toMatchObject({ defect: true, message: expect.stringContaining('nobody') });
});

test('E13: a step whose condition does not hold is skipped with the reason, and so is a disabled one', async () => {
  const steps = [
    green,
    stepOf.action('a', { when: '1 == size', disabled: false }),
    stepOf.action('b', { disabled: true }),
  ];
  const { outcome, step } = await run(flow({ steps, env: { size: 2 } }));
  expect(outcome.verdict).toBe('passed');
  expect(step('a')).toMatchObject({ status: 'skipped', reason: 'when: 1 == size does not hold' });
  expect(step('b')).toMatchObject({ status: 'skipped', reason: 'disabled' });
});

test('E13: a when that cannot be worked out is an error, never a step that runs', async () => {
  const { line } = await run(flow({ steps: [green, stepOf.action('a', { when: 'check.body.x > 1' })] }));
  expect(line).toEqual(['check: passed', 'a: error']);
});

test('E14: retry repeats rendering, action and assertions until they hold', async () => {
  let calls = 0;
  const action = fakeAction(() => ok({ status: ++calls < 3 ? 503 : 200 }));
  const steps = [stepOf.action('poll', { assert: ['status == 200'], retry: { maxAttempts: 5, delayMs: 1000 } })];
  const { outcome, step, events } = await run(flow({ steps }), { actions: { do: action } });
  expect(outcome.verdict).toBe('passed');
  expect(step('poll').attempts.map(({ status, failures }) => [status, failures])).toEqual([
    ['failed', ['status == 200']],
    ['failed', ['status == 200']],
    ['passed', []],
  ]);
  expect(step('poll').durationMs).toBe(2000);
  expect(events.filter(({ type }) => type === 'StepStarted')).toHaveLength(3);
});

test('E14: a timeout aborts the attempt in flight, and the next one has the whole time again', async () => {
  let calls = 0;
  const action = fakeAction((_config, { signal }) => (++calls === 1 ? untilAborted(signal) : ok({ status: 200 })));
  const steps = [stepOf.action('slow', { assert: ['status == 200'], timeoutMs: 300, retry: { maxAttempts: 2 } })];
  const { outcome, step } = await run(flow({ steps }), { actions: { do: action } });
  expect(outcome.verdict).toBe('passed');
  expect(step('slow').attempts[0]).toMatchObject({ status: 'error', durationMs: 300, error: { code: 'TM5001' } });
});

test('E12: max_elapsed ends the attempts together', async () => {
  const steps = [
    stepOf.action('poll', {
      config: { status: 503 },
      assert: ['status == 200'],
      retry: { maxAttempts: 100, delayMs: 1000, maxElapsedMs: 3500 },
    }),
  ];
  const { step } = await run(flow({ steps }));
  expect(step('poll').attempts).toHaveLength(4);
});

test('E11: a defect is never tried again', async () => {
  const steps = [stepOf.action('call', { config: { a: '${nobody}' }, retry: { maxAttempts: 3 } })];
  const { step } = await run(flow({ steps }));
  expect(step('call').attempts).toHaveLength(1);
});

test('E15: a cancelled run is not retried', async () => {
  const control = new AbortController();
  const action = fakeAction(() => {
    control.abort();
    return broken();
  });
  const steps = [stepOf.action('call', { retry: { maxAttempts: 3 }, onError: 'continue' }), green];
  const { outcome, line } = await run(flow({ steps }), { actions: { do: action }, ports: { signal: control.signal } });
  expect(outcome.verdict).toBe('cancelled');
  expect(line).toEqual(['call: error']);
});

test('E17: on_error: continue excuses a failed step, and the run says so', async () => {
  const steps = [stepOf.action('stock', { config: { n: 1 }, assert: ['n == 2'], onError: 'continue' }), green];
  const { outcome, step } = await run(flow({ steps }));
  expect(outcome.verdict).toBe('passed');
  expect(outcome.reason).toMatch(/although stock: n == 2/);
  expect(step('stock')).toMatchObject({ status: 'failed', excused: true, reason: 'on_error: continue' });
});

test('E18: error_steps see the error and the failed step', async () => {
  const rescue = stepOf.action('rescue', { config: { told: '${failed_step.id}: ${error.code} ${error.message}' } });
  const steps = [stepOf.action('call', { action: 'fail', errorSteps: [rescue] })];
  const { outcome, step } = await run(flow({ steps }), {
    actions: { fail: fakeAction(() => broken('E1', 'no wire')) },
  });
  expect(outcome.verdict).toBe('error');
  expect(step('call/on_error/rescue')).toMatchObject({ output: { told: 'call: E1 no wire' }, parent: 'call' });
});

test('E18: a failure among error_steps fails a run whose step was excused', async () => {
  const rescue = stepOf.action('rescue', { config: { n: 1 }, assert: ['n == 2'] });
  const steps = [green, stepOf.action('call', { action: 'fail', errorSteps: [rescue], onError: 'continue' })];
  const { outcome } = await run(flow({ steps }), { actions: { fail: fakeAction(() => broken()) } });
  expect(outcome).toMatchObject({ verdict: 'failed', reason: expect.stringMatching(/^call\/on_error\/rescue/) });
});

test('E19: results are reachable by id, also of failed and skipped steps', async () => {
  const steps = [
    stepOf.action('a', { config: { body: { n: 1 } }, output: { n: 'body.n' } }),
    stepOf.action('b', { config: { n: 1 }, assert: ['n == 2'], onError: 'continue' }),
    stepOf.action('c', { disabled: true }),
    stepOf.action('see', {
      config: {
        all: [
          '${a.body.n}',
          '${a.output.body.n}',
          '${a.n}',
          '${steps.a.status}',
          '${steps.b.status}',
          '${steps.c.status}',
        ],
      },
      assert: ['len(all) == 6'],
    }),
  ];
  const { step } = await run(flow({ steps }));
  expect(step('see').output).toEqual({ all: [1, 1, 1, 'passed', 'failed', 'skipped'] });
});

test('E4: a step that must not happen twice acts only after its start is durable', async () => {
  const order: string[] = [];
  const action = fakeAction(
    () => {
      order.push('act');
      return ok({ done: true });
    },
    { effect: 'once' },
  );
  const steps = [stepOf.action('post', { assert: ['done'] })];
  const { outcome } = await run(flow({ steps }), {
    actions: { do: action },
    ports: {
      recorder: { record: ({ type }) => void order.push(type), durable: async () => void order.push('durable') },
    },
  });
  expect(outcome.verdict).toBe('passed');
  const facts = order.filter((type) => type !== 'SourceRecorded');
  expect(facts.slice(facts.indexOf('StepStarted'))).toEqual([
    'StepStarted',
    'durable',
    'act',
    'StepCompleted',
    'RunCompleted',
    'durable',
  ]);
});

test('an action that throws is a fault of the action and says so', async () => {
  const action = fakeAction(() => Promise.reject(new Error('undefined is not a function')));
  const { step } = await run(flow({ steps: [stepOf.action('call')] }), { actions: { do: action } });
  expect(step('call').error).toMatchObject({ code: 'TM5013', help: expect.stringContaining('report') });
});

test('E4: a step that must not happen twice does not act when its start could not be recorded', async () => {
  let acted = 0;
  const once = fakeAction(
    () => {
      acted += 1;
      return ok({});
    },
    { effect: 'once' },
  );
  const durable = async () => Promise.reject(new Error('another executor owns the run'));
  const running = run(flow({ steps: [stepOf.action('pay', { action: 'once' })] }), {
    actions: { once },
    ports: { recorder: { record: () => undefined, durable } },
  });
  await expect(running).rejects.toThrow('another executor owns the run');
  expect(acted).toBe(0);
});
