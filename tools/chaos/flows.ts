import type { Verdict } from '@testmesh/domain';
import type { StepRule } from '@testmesh/testing/checkers';

// The flows of the load: every way in which a run can be under way when something dies.

export interface FlowKind {
  readonly kind: string;
  /** Of a hundred runs. */
  readonly weight: number;
  readonly yaml: string;
  readonly rules: ReadonlyMap<string, StepRule>;
  readonly expected: readonly Verdict[];
  /** Somebody cancels it a while after it was asked for. */
  readonly isCancelled?: boolean;
  /** It is given a value that nothing may keep. */
  readonly hasSecret?: boolean;
}

const repeatable: StepRule = { effect: 'repeatable' };
const once: StepRule = { effect: 'once' };
const passed: readonly Verdict[] = ['passed'];

interface Call {
  readonly late?: number;
  readonly fail?: number;
  readonly more?: string;
}

/** One request to the witness; `path` is how the run names the step. */
const call = (id: string, { effect }: StepRule, { late = 40, fail = 0, more = '' }: Call = {}, path = id): string =>
  `{ id: ${id}, action: http_request, effect: ${effect}, config: { method: POST, ` +
  `url: "\${WITNESS}/effects/\${RUN_ID}/${path}?late=${late}&fail=${fail}"${more} }, assert: [status == 200] }`;

const pause = (id: string, ms: number): string => `{ id: ${id}, action: delay, config: { duration: ${ms}ms } }`;

const flow = (name: string, steps: readonly string[], more: readonly string[] = []): string =>
  [
    'flow:',
    `  name: ${name}`,
    '  inputs:',
    '    WITNESS: { type: string, required: true }',
    ...more,
    '  steps:',
    ...steps.map((step) => `    - ${step}`),
    '',
  ].join('\n');

const teardown = ['  teardown:', `    - ${call('clean', repeatable, {}, 'teardown/clean')}`];

const rules = (...all: readonly (readonly [string, StepRule])[]): ReadonlyMap<string, StepRule> => new Map(all);

/** A short flow, stored on the server: suites, schedules and the contest run it. */
export const storedFlow = (name: string, late = 40): string => flow(name, [call('only', repeatable, { late })]);
export const storedRules = rules(['only', repeatable]);

export const flowKinds: readonly FlowKind[] = [
  {
    kind: 'plain',
    weight: 28,
    yaml: flow('plain', [call('a', repeatable), call('b', repeatable, { late: 120 }), call('c', repeatable)]),
    rules: rules(['a', repeatable], ['b', repeatable], ['c', repeatable]),
    expected: passed,
  },
  {
    kind: 'once',
    weight: 18,
    yaml: flow('once', [call('pay', once, { late: 150 }), pause('rest', 400), call('ship', once, { late: 150 })]),
    rules: rules(['pay', once], ['ship', once]),
    expected: passed,
  },
  {
    kind: 'sleeping',
    weight: 14,
    yaml: flow('sleeping', [call('before', repeatable), pause('sleep', 6000), call('after', once)]),
    rules: rules(['before', repeatable], ['after', once]),
    expected: passed,
  },
  {
    kind: 'parallel',
    weight: 10,
    yaml: flow('parallel', [
      `{ id: both, action: parallel, config: { branches: { left: [${call('l', repeatable, { late: 300 }, 'both/left/l')}], ` +
        `right: [${call('r', once, { late: 200 }, 'both/right/r')}, ${call('s', repeatable, {}, 'both/right/s')}] } } }`,
      call('after', repeatable),
    ]),
    rules: rules(
      ['both/left/l', repeatable],
      ['both/right/r', once],
      ['both/right/s', repeatable],
      ['after', repeatable],
    ),
    expected: passed,
  },
  {
    kind: 'cancelled',
    weight: 8,
    yaml: flow('cancelled', [call('a', repeatable), pause('sleep', 5000), call('b', once)], teardown),
    rules: rules(['a', repeatable], ['b', once], ['teardown/clean', repeatable]),
    expected: passed,
    isCancelled: true,
  },
  {
    kind: 'failing',
    weight: 8,
    yaml: flow(
      'failing',
      [call('a', repeatable), call('wrong', repeatable).replace('status == 200', 'status == 418'), call('b', once)],
      teardown,
    ),
    rules: rules(['a', repeatable], ['wrong', repeatable], ['b', once], ['teardown/clean', repeatable]),
    expected: ['failed'],
  },
  {
    kind: 'secret',
    weight: 8,
    yaml: flow(
      'secret',
      [
        call('show', repeatable, { more: ', headers: { X-Token: "${TOKEN}" }' }).replace(
          'status == 200]',
          'status == 200, \'body.token == "${TOKEN}"\'], output: { TAKEN: $.body.token }',
        ),
        pause('rest', 600),
        call('use', once, { more: ', headers: { X-Token: "${TAKEN}" }' }),
      ],
      ['    TOKEN: { type: string, required: true }', '  secrets: [TOKEN, TAKEN]'],
    ),
    rules: rules(['show', repeatable], ['use', once]),
    expected: passed,
    hasSecret: true,
  },
  {
    kind: 'retrying',
    weight: 6,
    yaml: flow('retrying', [
      call('flaky', repeatable, { fail: 2 }).replace(/ }$/, ', retry: { max_attempts: 4, delay: 100ms } }'),
    ]),
    rules: rules(['flaky', { effect: 'repeatable', tries: 4 }]),
    expected: passed,
  },
];
