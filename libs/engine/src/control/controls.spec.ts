import { expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { broken, fakeAction, fixed, flow, ok, stepOf, templateOf } from '@testmesh/testing';
import { run, untilAborted } from '../run.fixture.ts';

const check = stepOf.action('check', { config: { n: 1 }, assert: ['n == 1'] });
const fail = fakeAction(() => broken());
const hang = fakeAction((_config, { signal }) => untilAborted(signal));
const nap = fakeAction(async (config, { clock, signal }) => {
  await clock.sleep(Number(config['ms']), signal);
  return ok(config);
});

test('E71: a condition runs exactly one side and says which', async () => {
  const { line, step } = await run(
    flow({ steps: [check, stepOf.condition('if', 'check.n == 1', [stepOf.action('yes')], [stepOf.action('no')])] }),
  );
  expect(line).toEqual(['check: passed', 'if/yes: passed', 'if: passed']);
  expect(step('if').output).toEqual({ condition: 'check.n == 1', result: true, branch: 'then' });
  expect(step('if/yes').parent).toBe('if');
});

test('E71: a condition that cannot be worked out is an error', async () => {
  const { line } = await run(flow({ steps: [check, stepOf.condition('if', 'check.body.x == 1', [check])] }));
  expect(line).toEqual(['check: passed', 'if: error']);
});

test('E70: a nested failure fails the step that holds it, with the path', async () => {
  const inner = stepOf.action('inner', { action: 'fail' });
  const { outcome, step } = await run(flow({ steps: [stepOf.condition('if', '1 == one', [inner])], env: { one: 1 } }), {
    actions: { fail },
  });
  expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'ECONNREFUSED' } });
  expect(step('if').error?.message).toMatch(/^if\/inner: /);
});

test('E17: on_error: continue excuses what failed inside, a defect inside it does not', async () => {
  const holding = (config: ValueMap, action: string) =>
    stepOf.condition('if', '1 == one', [stepOf.action('inner', { action, config })], [], { onError: 'continue' });
  const excused = await run(flow({ steps: [check, holding({}, 'fail')], env: { one: 1 } }), { actions: { fail } });
  expect(excused.outcome.verdict).toBe('passed');
  const defect = await run(flow({ steps: [check, holding({ a: '${nobody}' }, 'do')], env: { one: 1 } }));
  expect(defect.outcome.verdict).toBe('error');
});

test('E72: branches run at the same time and hand over what they captured', async () => {
  const branch = (name: string) => [
    stepOf.action(`nap_${name}`, { action: 'nap', config: { ms: 1000 }, output: { [name]: 'ms' } }),
  ];
  const steps = [
    stepOf.parallel('both', { left: branch('l'), right: branch('r') }),
    stepOf.action('sum', { config: { s: '${l + r}' }, assert: ['s == 2000'] }),
  ];
  const { outcome, step } = await run(flow({ steps }), { actions: { nap } });
  expect(outcome.verdict).toBe('passed');
  expect(step('both').durationMs).toBe(1000);
  expect(step('both').output).toMatchObject({
    branches_total: 2,
    branches_failed: 0,
    left: { status: 'passed', output: { l: 1000 } },
  });
});

test('E72: max_concurrent limits how many branches run at once', async () => {
  const branch = (id: string) => [stepOf.action(id, { action: 'nap', config: { ms: 1000 } })];
  const steps = [
    stepOf.parallel('all', { a: branch('a'), b: branch('b'), c: branch('c') }, { maxConcurrent: 2 }),
    check,
  ];
  const { step } = await run(flow({ steps }), { actions: { nap } });
  expect(step('all').durationMs).toBe(2000);
});

test('E72: a branch does not see what another one captures, and has connections of its own', async () => {
  const opened: string[] = [];
  const open = fakeAction(async (_config, context) => {
    const of = (scope: 'run' | 'branch') =>
      context.use(
        { kind: 'pool', key: scope, scope },
        async () => void opened.push(`${context.stepPath} ${scope}`),
        async () => undefined,
      );
    await of('branch');
    await of('run');
    return ok({ n: 1 });
  });
  const branch = (id: string) => [stepOf.action(id, { action: 'open' })];
  await run(flow({ steps: [stepOf.parallel('p', { a: branch('x'), b: branch('y') }), check] }), { actions: { open } });
  expect(opened.toSorted()).toEqual(['p/a/x branch', 'p/a/x run', 'p/b/y branch']);
});

test('E73: with fail_fast the first failure stops the other branches', async () => {
  const branches = { a: [stepOf.action('a', { action: 'fail' })], b: [stepOf.action('b', { action: 'hang' })] };
  const { outcome, step } = await run(flow({ steps: [stepOf.parallel('p', branches)] }), { actions: { fail, hang } });
  expect(outcome).toMatchObject({ verdict: 'error', error: { code: 'ECONNREFUSED' } });
  expect(step('p/b/b').error).toMatchObject({ code: 'TM5007', message: 'it was stopped because p/a/a failed' });
});

test('E73: without fail_fast every branch runs to its end, and the step fails all the same', async () => {
  const branches = {
    a: [stepOf.action('a', { action: 'fail' })],
    b: [stepOf.action('b', { action: 'nap', config: { ms: 5 } })],
  };
  const { outcome, line } = await run(flow({ steps: [stepOf.parallel('p', branches, { failFast: false })] }), {
    actions: { fail, nap },
  });
  expect(outcome.verdict).toBe('error');
  expect(line).toContain('p/b/b: passed');
});

test('E74: a loop runs over a list with item and index', async () => {
  const look = stepOf.action('look', { config: { at: '${index}: ${item.name}' }, output: { seen: 'at' } });
  const items = [{ name: 'x' }, { name: 'y' }];
  const { line, step, outcome } = await run(flow({ steps: [check, stepOf.forEach('loop', items, [look])] }));
  expect(line).toEqual(['check: passed', 'loop[0]/look: passed', 'loop[1]/look: passed', 'loop: passed']);
  expect(step('loop').output).toMatchObject({
    count: 2,
    passed: 2,
    failed: 0,
    results: [{ output: { seen: '0: x' } }, { index: 1 }],
  });
  expect(outcome.outputs).toEqual({ seen: '1: y' });
});

test('E74: a range includes both ends, also downwards', async () => {
  const over = { kind: 'range' as const, start: fixed(3), end: fixed(1), step: fixed(-1) };
  const look = stepOf.action('look', { config: { n: '${item}' } });
  const { step } = await run(flow({ steps: [check, stepOf.forEach('loop', over, [look])] }));
  expect(step('loop').output).toMatchObject({ results: [{ item: 3 }, { item: 2 }, { item: 1 }] });
});

test('E74: rows of a CSV file are typed, of a JSON file as they are, relative to the flow', async () => {
  const files: Record<string, string> = {
    'flows/users.csv': 'name,age,zip\n"Ann, B",42,"0123"\nBob,7,10115\n',
    'flows/users.json': '[{"name":"Eve"}]',
  };
  const readFile = async (path: string) => new TextEncoder().encode(files[path] ?? '');
  const loop = (file: string) =>
    stepOf.forEach('loop', { kind: 'rows' as const, file: templateOf(file) }, [stepOf.action('look')]);
  const csv = await run(flow({ steps: [check, loop('users.csv')] }), { ports: { readFile } });
  expect(csv.step('loop').output).toMatchObject({
    results: [{ item: { name: 'Ann, B', age: 42, zip: '0123' } }, { item: { name: 'Bob', age: 7, zip: 10115 } }],
  });
  const json = await run(flow({ steps: [check, loop('users.json')] }), { ports: { readFile } });
  expect(json.step('loop').output).toMatchObject({ results: [{ item: { name: 'Eve' } }] });
});

test('E74: a glob gives paths', async () => {
  const glob = async (pattern: string) => [`${pattern} a`, `${pattern} b`];
  const over = { kind: 'glob' as const, pattern: templateOf('data/*.json') };
  const { step } = await run(flow({ steps: [check, stepOf.forEach('loop', over, [stepOf.action('look')])] }), {
    ports: { glob },
  });
  expect(step('loop').output).toMatchObject({ count: 2, results: [{ item: 'flows/data/*.json a' }, {}] });
});

test('E74: a loop over nothing fails unless allow_empty, and what is no list is an error', async () => {
  const empty = await run(flow({ steps: [check, stepOf.forEach('loop', [], [check])] }));
  expect(empty.step('loop')).toMatchObject({ status: 'failed', error: { code: 'TM5040' } });
  const allowed = await run(flow({ steps: [check, stepOf.forEach('loop', [], [check], { allowEmpty: true })] }));
  expect(allowed.outcome.verdict).toBe('passed');
  const none = await run(flow({ steps: [check, stepOf.forEach('loop', '${check.n}', [check])] }));
  expect(none.step('loop').error?.code).toBe('TM5042');
  const many = await run(flow({ steps: [check, stepOf.forEach('loop', [1, 2, 3], [check], { maxIterations: 2 })] }));
  expect(many.step('loop').error?.code).toBe('TM5041');
});

test('E75: the first failing iteration ends the loop; continue_on_error runs the others and fails all the same', async () => {
  const judge = stepOf.action('judge', { config: { n: '${item}' }, assert: ['n != 2'] });
  const stops = await run(flow({ steps: [stepOf.forEach('loop', [1, 2, 3], [judge])] }));
  expect(stops.line).toEqual(['loop[0]/judge: passed', 'loop[1]/judge: failed', 'loop: failed']);
  const goes = await run(flow({ steps: [stepOf.forEach('loop', [1, 2, 3], [judge], { continueOnError: true })] }));
  expect(goes.line).toEqual([
    'loop[0]/judge: passed',
    'loop[1]/judge: failed',
    'loop[2]/judge: passed',
    'loop: failed',
  ]);
  expect(goes.outcome.verdict).toBe('failed');
});

test('E76: iterations at once are limited, and one at a time builds on the last', async () => {
  const napping = stepOf.action('nap', { action: 'nap', config: { ms: 1000 } });
  const { step } = await run(
    flow({ steps: [check, stepOf.forEach('loop', [1, 2, 3], [napping], { maxConcurrent: 2 })] }),
    { actions: { nap } },
  );
  expect(step('loop').durationMs).toBe(2000);
  const add = stepOf.action('add', { config: { s: '${sum + item}' }, output: { sum: 's' } });
  const first = stepOf.action('first', { config: { s: 0 }, output: { sum: 's' } });
  const summed = await run(flow({ steps: [check, first, stepOf.forEach('loop', [1, 2, 3], [add])] }));
  expect(summed.outcome.outputs).toEqual({ sum: 6 });
});

const counting = () => {
  let calls = 0;
  return fakeAction(() => {
    calls += 1;
    if (calls === 1) return broken();
    return ok({ state: calls < 4 ? 'busy' : 'done' });
  });
};
const poll = stepOf.action('poll', { action: 'count', output: { state: 'state' } });

test('E77: a wait runs its steps until the condition holds; a failed round is "not yet"', async () => {
  const { outcome, step } = await run(flow({ steps: [stepOf.waitUntil('wait', 'state == "done"', [poll])] }), {
    actions: { count: counting() },
  });
  expect(outcome.verdict).toBe('passed');
  expect(step('wait')).toMatchObject({
    checks: 1,
    output: { met: true, attempts: 4, timed_out: false },
    durationMs: 3000,
  });
  expect(step('wait[0]/poll')).toMatchObject({ status: 'error', excused: true });
});

test('E78: stop_if ends the wait at once, and so does a defect', async () => {
  const stopped = await run(
    flow({ steps: [stepOf.waitUntil('wait', 'state == "done"', [poll], { stopIf: 'state == "busy"' })] }),
    { actions: { count: counting() } },
  );
  expect(stopped.step('wait')).toMatchObject({ status: 'failed', error: { code: 'TM5051' }, durationMs: 1000 });
  const broken = stepOf.action('poll', { config: { a: '${nobody}' } });
  const defect = await run(flow({ steps: [stepOf.waitUntil('wait', '1 == one', [broken])], env: { one: 2 } }));
  expect(defect.step('wait')).toMatchObject({ status: 'error', durationMs: 0, error: { defect: true } });
});

test('E79: in vain, the report says so, and what never existed', async () => {
  const busy = stepOf.action('poll', { config: { state: 'busy' }, output: { state: 'state' } });
  const late = await run(
    flow({ steps: [stepOf.waitUntil('wait', 'state == "done"', [busy], { maxDurationMs: 2500 })] }),
  );
  expect(late.step('wait')).toMatchObject({ status: 'failed', durationMs: 2500, error: { code: 'TM5050' } });
  expect(late.step('wait').error?.message).toMatch(/^state == "done" did not hold within 2500 ms/);
  const never = await run(
    flow({ steps: [stepOf.waitUntil('wait', 'poll.sate == "done"', [busy], { maxDurationMs: 2500 })] }),
  );
  expect(never.step('wait').error?.message).toMatch(/it never existed: .*sate/);
  const goesOn = await run(
    flow({
      steps: [
        check,
        stepOf.waitUntil('wait', 'state == "done"', [busy], { maxDurationMs: 2500, onTimeout: 'continue' }),
      ],
    }),
  );
  expect(goesOn.step('wait')).toMatchObject({ status: 'passed', checks: 0, output: { met: false, timed_out: true } });
});

const child = flow({
  name: 'login',
  file: 'flows/login.yaml',
  inputs: [{ name: 'user', type: 'string', required: true, span: stepOf.action('x').span }],
  steps: [
    stepOf.action('auth', { config: { token: 't-${user}' }, assert: ['token != ""'], output: { token: 'token' } }),
  ],
  teardown: [stepOf.action('logout', { config: { user: '${user}' } })],
});
const childFlow = async () => child;

test('E80: a child flow runs with its own phases under the step, and gives what it captured', async () => {
  const steps = [
    stepOf.runFlow('login', './login.yaml', { user: 'ann' }),
    stepOf.action('use', { config: { t: '${login.token}' }, assert: ['t == "t-ann"'] }),
  ];
  const { outcome, line, step } = await run(flow({ steps }), { ports: { childFlow } });
  expect(outcome.verdict).toBe('passed');
  expect(line).toEqual(['login/auth: passed', 'login/teardown/logout: passed', 'login: passed', 'use: passed']);
  expect(step('login').output).toEqual({ flow: 'login', status: 'passed', token: 't-ann' });
});

test('E80: the teardown of a child runs when the run is cancelled inside it', async () => {
  const control = new AbortController();
  const stuck = { ...child, steps: [stepOf.action('auth', { action: 'stuck' })] };
  const action = fakeAction((_config, { signal }) => {
    setImmediate(() => control.abort());
    return untilAborted(signal);
  });
  const { line, outcome } = await run(flow({ steps: [stepOf.runFlow('login', 'x', { user: 'ann' })] }), {
    actions: { stuck: action },
    ports: { childFlow: async () => stuck, signal: control.signal },
  });
  expect(outcome.verdict).toBe('cancelled');
  expect(line).toEqual(['login/auth: error', 'login/teardown/logout: passed', 'login: error']);
});

test('E81: inputs are typed and known', async () => {
  const code = async (input: ValueMap) =>
    (await run(flow({ steps: [stepOf.runFlow('login', 'x', input)] }), { ports: { childFlow } })).step('login').error
      ?.code;
  expect(await code({})).toBe('TM5020');
  expect(await code({ user: 5 })).toBe('TM5021');
  expect(await code({ user: 'a', usr: 'b' })).toBe('TM5022');
});

test('E81: a child sees the parent only when it inherits', async () => {
  const seeing = flow({
    file: 'flows/see.yaml',
    steps: [
      stepOf.action('see', { config: { got: '${secret_sauce:none}' }, assert: ['got != ""'], output: { got: 'got' } }),
    ],
  });
  const got = async (inheritEnv: boolean) => {
    const steps = [stepOf.runFlow('child', 'x', {}, { inheritEnv })];
    const { step } = await run(flow({ steps, env: { secret_sauce: 'salt' } }), {
      ports: { childFlow: async () => seeing },
    });
    return step('child').output?.['got' as never];
  };
  expect(await got(false)).toBe('none');
  expect(await got(true)).toBe('salt');
});

test('E82: a flow that leads to itself is refused', async () => {
  const self = flow({ steps: [stepOf.runFlow('again', 'test.yaml')] });
  const { step } = await run(self, { ports: { childFlow: async () => self } });
  expect(step('again').error).toMatchObject({
    code: 'TM5061',
    message: 'flows/test.yaml → flows/test.yaml leads back to itself',
  });
});
