import { expect, test } from '@jest/globals';
import { broken, fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { run, untilAborted } from './run.fixture.ts';

const check = stepOf.action('check', { config: { n: 1 }, assert: ['n == 1'] });
const failing = (id: string) => stepOf.action(id, { action: 'fail' });
const cleanup = stepOf.action('cleanup', { config: { did: true } });
const fail = fakeAction(() => broken());

test('E90: a failed setup leaves the steps out and teardown runs', async () => {
  const { outcome, line } = await run(flow({ setup: [failing('prepare')], steps: [check], teardown: [cleanup] }), {
    actions: { fail },
  });
  expect(outcome).toMatchObject({ verdict: 'error', reason: expect.stringMatching(/^prepare: nothing listens/) });
  expect(line).toEqual(['prepare: error', 'teardown/cleanup: passed']);
});

test('E90: a failed step leaves out those after it', async () => {
  const { line } = await run(flow({ steps: [failing('a'), check], teardown: [cleanup] }), { actions: { fail } });
  expect(line).toEqual(['a: error', 'teardown/cleanup: passed']);
});

test('E90: with fail_fast false the others run, and the verdict stays', async () => {
  const { outcome, line } = await run(flow({ failFast: false, steps: [failing('a'), check] }), { actions: { fail } });
  expect(outcome).toMatchObject({ verdict: 'error', reason: expect.stringMatching(/^a: /) });
  expect(line).toEqual(['a: error', 'check: passed']);
});

test('E91: the first Ctrl-C stops the step in flight and teardown runs', async () => {
  const control = new AbortController();
  const hang = fakeAction((_config, { signal }) => {
    setImmediate(() => control.abort());
    return untilAborted(signal);
  });
  const { outcome, line, step } = await run(
    flow({ steps: [stepOf.action('hang', { action: 'hang' }), check], teardown: [cleanup] }),
    {
      actions: { hang },
      ports: { signal: control.signal },
    },
  );
  expect(outcome).toMatchObject({ verdict: 'cancelled', reason: 'the run was cancelled at hang' });
  expect(line).toEqual(['hang: error', 'teardown/cleanup: passed']);
  expect(step('hang').error?.code).toBe('TM5005');
});

test('E91: a run cancelled before its first step still tears down', async () => {
  const { outcome, line } = await run(flow({ steps: [check], teardown: [cleanup] }), {
    ports: { signal: AbortSignal.abort() },
  });
  expect(outcome.verdict).toBe('cancelled');
  expect(line).toEqual(['teardown/cleanup: passed']);
});

test('E91: the second Ctrl-C gives up teardown, and what was opened is closed', async () => {
  const force = new AbortController();
  const closed: string[] = [];
  const open = fakeAction(async (_config, context) => {
    await context.use(
      { kind: 'pool', key: 'a' },
      async () => 1,
      async () => void closed.push('pool'),
    );
    return ok({ n: 1 });
  });
  const hang = fakeAction((_config, { signal }) => {
    setImmediate(() => force.abort());
    return untilAborted(signal);
  });
  const teardown = [stepOf.action('hang', { action: 'hang' }), cleanup];
  const { outcome, line, events } = await run(
    flow({ steps: [stepOf.action('open', { action: 'open', assert: ['n == 1'] })], teardown }),
    {
      actions: { open, hang },
      ports: { force: force.signal },
    },
  );
  expect(line).toEqual(['open: passed', 'teardown/hang: error']);
  expect(events).toContainEqual(
    expect.objectContaining({ path: 'teardown/hang', error: expect.objectContaining({ code: 'TM5006' }) }),
  );
  expect(outcome.verdict).toBe('cancelled');
  expect(closed).toEqual(['pool']);
});

test('E92: the flow timeout stops setup and steps, never teardown', async () => {
  const hang = fakeAction((_config, { signal }) => untilAborted(signal));
  const slow = fakeAction(async (_config, { clock }) => {
    await clock.sleep(5000);
    return ok();
  });
  const steps = [stepOf.action('hang', { action: 'hang' })];
  const teardown = [stepOf.action('slow', { action: 'slow' })];
  const { outcome, line } = await run(flow({ timeoutMs: 1000, steps, teardown }), { actions: { hang, slow } });
  expect(outcome).toMatchObject({ verdict: 'timed_out', error: { code: 'TM5003' } });
  expect(line).toEqual(['hang: error', 'teardown/slow: passed']);
});

test('E92: teardown goes on after a failed step of its own, and fails a green run', async () => {
  const { outcome, line, events } = await run(flow({ steps: [check], teardown: [failing('drop'), cleanup] }), {
    actions: { fail },
  });
  expect(line).toEqual(['check: passed', 'teardown/drop: error', 'teardown/cleanup: passed']);
  expect(outcome).toMatchObject({
    verdict: 'failed',
    reason: expect.stringMatching(/^teardown failed: teardown\/drop: /),
  });
  expect(events.at(-1)).toMatchObject({ type: 'RunCompleted', teardown: { status: 'error' } });
});

test('E92: teardown has a limit of its own', async () => {
  const hang = fakeAction((_config, { signal }) => untilAborted(signal));
  const { outcome, line } = await run(
    flow({ steps: [check], teardown: [stepOf.action('hang', { action: 'hang' }), cleanup], teardownTimeoutMs: 2000 }),
    { actions: { hang } },
  );
  expect(line).toEqual(['check: passed', 'teardown/hang: error']);
  expect(outcome.error?.code).toBe('TM5004');
});

test('on_error: continue excuses a failed teardown step', async () => {
  const teardown = [stepOf.action('drop', { action: 'fail', onError: 'continue' })];
  const { outcome } = await run(flow({ steps: [check], teardown }), { actions: { fail } });
  expect(outcome.verdict).toBe('passed');
});

test('E16: a teardown step that needs what was never captured is skipped with the reason and adds no failure', async () => {
  const steps = [stepOf.action('place_order', { action: 'fail', output: { order_id: 'body.id' } })];
  const teardown = [stepOf.action('delete_order', { config: { id: '${order_id}' } }), cleanup];
  const { outcome, step, line } = await run(flow({ steps, teardown }), { actions: { fail } });
  expect(step('teardown/delete_order')).toMatchObject({
    status: 'skipped',
    reason: 'order_id was never captured, place_order failed',
  });
  expect(line.at(-1)).toBe('teardown/cleanup: passed');
  expect(outcome).toMatchObject({ verdict: 'error', reason: expect.stringMatching(/^place_order/) });
});

test('E16: the reason tells a skipped and an unreached step from a failed one', async () => {
  const place = (id: string, more = {}) =>
    stepOf.action(id, { output: { [`${id}_id`]: 'id' }, config: { id: 1 }, ...more });
  const steps = [place('a', { when: '1 == size' }), failing('broken'), place('b')];
  const teardown = [
    stepOf.action('x', { config: { id: '${a_id}' } }),
    stepOf.action('y', { config: { id: '${b.id}' } }),
  ];
  const { step } = await run(flow({ env: { size: 2 }, steps, teardown }), { actions: { fail } });
  expect(step('teardown/x').reason).toBe('a_id was never captured, a was skipped');
  expect(step('teardown/y').reason).toBe('b has no result, it was not run');
});

test('E33: what a failed step still returned can be cleaned up, and later steps do not see it', async () => {
  const steps = [
    stepOf.action('place', {
      config: { id: 7, total: 1 },
      assert: ['total == 2'],
      output: { order_id: 'id' },
      onError: 'continue',
    }),
    stepOf.action('use', { config: { id: '${order_id}' } }),
  ];
  const teardown = [stepOf.action('delete', { config: { id: '${order_id}' } })];
  const { step, line } = await run(flow({ steps, teardown }));
  expect(line).toEqual(['place: failed', 'use: error', 'teardown/delete: passed']);
  expect(step('use').error?.message).toContain('order_id was never captured, place failed');
  expect(step('teardown/delete').output).toEqual({ id: 7 });
});

test('E102: a flow in which nothing was checked fails and says so', async () => {
  const { outcome } = await run(flow({ steps: [cleanup] }));
  expect(outcome).toMatchObject({ verdict: 'failed', error: { code: 'TM5070' } });
  const skipped = await run(flow({ steps: [stepOf.action('check', { disabled: true })] }));
  expect(skipped.outcome.verdict).toBe('failed');
});

test('E102: an action that checks by itself counts as a check', async () => {
  const wait = fakeAction(() => ok(), { checksByItself: true });
  const { outcome, step } = await run(flow({ steps: [stepOf.action('wait')] }), { actions: { do: wait } });
  expect(outcome.verdict).toBe('passed');
  expect(step('wait').checks).toBe(1);
});

test('E21: an action that ignores its signal is abandoned, and teardown runs', async () => {
  const deaf = fakeAction(() => new Promise(() => undefined));
  const steps = [stepOf.action('deaf', { action: 'deaf', timeoutMs: 1000 })];
  const { line, step } = await run(flow({ steps, teardown: [cleanup] }), { actions: { deaf } });
  expect(line).toEqual(['deaf: error', 'teardown/cleanup: passed']);
  expect(step('deaf')).toMatchObject({ durationMs: 6000, error: { code: 'TM5001' } });
});

test('E2: a journal that cannot take a fact stops the run after teardown, and the fault surfaces', async () => {
  const acted: string[] = [];
  const action = fakeAction((_config, { stepPath }) => {
    acted.push(stepPath);
    return ok();
  });
  let left = 3;
  const record = (): void => {
    if (left-- === 0) throw new Error('the disk is full');
  };
  const steps = [stepOf.action('a'), stepOf.action('b'), stepOf.action('c')];
  const running = run(flow({ steps, teardown: [cleanup] }), {
    actions: { do: action },
    ports: { recorder: { record, durable: async () => undefined } },
  });
  await expect(running).rejects.toThrow('the disk is full');
  expect(acted).toEqual(['a', 'teardown/cleanup']);
});

test('E110: the last fact is RunCompleted, after everything is closed, and it is durable', async () => {
  const open = fakeAction(async (_config, context) => {
    for (const key of ['a', 'b']) {
      await context.use(
        { kind: 'server', key, bound: true },
        async () => key,
        async () => undefined,
      );
    }
    return ok({ n: 1 });
  });
  const { events, barriers } = await run(flow({ steps: [stepOf.action('open', { assert: ['n == 1'] })] }), {
    actions: { do: open },
  });
  expect(
    events
      .slice(-6)
      .map((event) =>
        event.type.startsWith('Resource') && 'key' in event ? `${event.type} ${event.key}` : event.type,
      ),
  ).toEqual([
    'ResourceOpened b',
    'StepCompleted',
    'ResourceClosed b',
    'ResourceClosed a',
    'SourceRecorded',
    'RunCompleted',
  ]);
  expect(barriers.at(-1)).toBe(events.length);
});

test('E111: a run without a required input sends nothing', async () => {
  const span = { file: 'f', line: 1, column: 1, endLine: 1, endColumn: 2 };
  const inputs = [{ name: 'customer', type: 'number' as const, required: true, span }];
  const { outcome, line } = await run(flow({ inputs, steps: [check] }));
  expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'TM5020' } });
  expect(line).toEqual([]);
  const given = await run(flow({ inputs, steps: [check] }), { input: { variables: new Map([['customer', 'x']]) } });
  expect(given.outcome.error?.code).toBe('TM5021');
});

test('E112: equal seeds give equal facts', async () => {
  const steps = [stepOf.action('draw', { config: { id: '${UUID}', n: '${RANDOM_ID}' }, assert: ['n != ""'] })];
  const first = await run(flow({ steps }));
  expect((await run(flow({ steps }))).events).toEqual(first.events);
  const other = await run(flow({ steps }), { input: { seed: 'another' } });
  expect(other.step('draw').output).not.toEqual(first.step('draw').output);
  expect(first.step('draw').drawn).toMatchObject([{ builtin: 'UUID' }]);
  expect(first.step('draw').output?.['n' as never]).toMatch(/^[a-f][0-9a-f]{11}$/);
});

test('E60, E61: a thing is opened once and closed in reverse order even when one fails to close', async () => {
  const order: string[] = [];
  const open = fakeAction(async (_config, context) => {
    const close = (key: string) => async () => {
      order.push(key);
      if (key === 'b') throw new Error('stuck');
    };
    for (const key of ['a', 'b', 'a', 'c']) {
      await context.use({ kind: 'pool', key }, async () => void order.push(`open ${key}`), close(key));
    }
    return broken();
  });
  const { events } = await run(flow({ steps: [stepOf.action('open')] }), { actions: { do: open } });
  expect(order).toEqual(['open a', 'open b', 'open c', 'c', 'b', 'a']);
  expect(events.filter(({ type }) => type === 'ResourceClosed')).toMatchObject([
    { key: 'b', error: { code: 'TM5011' } },
  ]);
});
