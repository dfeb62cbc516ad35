import { fixed, flow, stepOf } from '@testmesh/testing';
import { type Case, inFile } from './take-over.fixture.ts';

const { action, parallel, forEach, condition, waitUntil, runFlow } = stepOf;

/** A step that looks at a name. */
export const check = (id: string, of = 'n', more = {}) =>
  action(id, { config: { n: `\${${of}}`, is: '${UUID}' }, assert: ['n != null'], ...more });

const order = (id: string, name: string, config = {}) =>
  action(id, { config: { n: 7, ...config }, assert: ['n == 7'], output: { [name]: 'number' } });

const child = inFile('flows/child.yaml', {
  name: 'child',
  text: 'flow: {name: child}',
  inputs: [{ name: 'given', type: 'any', required: true, span: check('x').span }],
  outputs: { made: 'made' },
  steps: [order('inner', 'made'), check('seen', 'given')],
  teardown: [check('swept', 'made')],
});

/** Flows that use everything a run can be cut off in. */
export const cases: readonly Case[] = [
  {
    name: 'one step after the other',
    flow: flow({
      env: { id: '${RANDOM_ID}' },
      setup: [order('first', 'a', { id: '${id}', uuid: '${UUID}' })],
      steps: [
        check('second', 'a'),
        check('off', 'a', { disabled: true }),
        check('never', 'a', { when: 'a == null' }),
        order('third', 'b', { size: 20_000 }),
        action('look', { config: { n: '${third.big}', from: '${first.uuid}' }, assert: ['from == "${first.uuid}"'] }),
      ],
      teardown: [check('sweep', 'b'), check('last', 'a')],
    }),
  },
  {
    name: 'failures, excused and not',
    flow: flow({
      failFast: false,
      steps: [
        order('first', 'a', { upTo: 3 }),
        {
          ...order('flaky', 'b', { upTo: 3 }),
          ...check('flaky', 'a', {
            retry: { maxAttempts: 3, delayMs: 10 },
            config: { n: 7, upTo: 3 },
            output: { b: 'number' },
          }),
        },
        check('excused', 'a', { config: { break: true }, onError: 'continue', errorSteps: [order('rescue', 'c')] }),
        check('wrong', 'a', { assert: ['n == 1'], errorSteps: [check('told', 'error.message')] }),
        check('seen', 'excused.error.message'),
        check('more', 'c'),
      ],
      teardown: [check('swept', 'a'), check('also', 'b'), check('status', 'steps.wrong.status')],
    }),
  },
  {
    name: 'branches, one of which fails and stops the others',
    flow: flow({
      steps: [
        order('first', 'a'),
        parallel('both', {
          left: [order('l1', 'l'), check('l2', 'l', { config: { sleep: 20, n: 1 }, assert: ['n == 2'] })],
          right: [order('r1', 'r'), check('r2', 'r', { config: { sleep: 900, n: 1 } }), check('r3', 'r')],
          third: [
            forEach('inner', [1, 2, 3], [check('i', 'item', { config: { sleep: 900, n: 1 } })], {
              continueOnError: true,
            }),
          ],
        }),
        check('unreached', 'l'),
      ],
      teardown: [check('t1', 'l'), check('t2', 'r'), check('t3', 'both.left')],
    }),
  },
  {
    name: 'branches that all run to their end',
    flow: flow({
      steps: [
        parallel(
          'both',
          {
            left: [order('l1', 'l'), check('l2', 'l')],
            right: [check('r1', 'nothing_yet.a', { config: { break: true } })],
            last: [order('z', 'y')],
          },
          { failFast: false, maxConcurrent: 2, onError: 'continue' },
        ),
        check('l', 'l'),
        check('y', 'both.last'),
        parallel(
          'late',
          {
            slow: [check('s', 'y', { config: { sleep: 50, n: 1 }, assert: ['n == 2'] })],
            quick: [check('q', 'y', { config: { sleep: 20, n: 1 }, assert: ['n == 3'] })],
          },
          { failFast: false },
        ),
      ],
    }),
  },
  {
    name: 'loops',
    flow: flow({
      steps: [
        forEach('one', { kind: 'range', start: fixed(1), end: fixed(3), step: fixed(1) }, [
          order('a', 'a', { item: '${item}' }),
          check('b', 'a'),
        ]),
        check('after', 'a'),
        forEach('many', ['x', 'y', 'z'], [order('c', 'c', { item: '${item}', sleep: 5 })], { maxConcurrent: 2 }),
        check('last', 'c'),
        forEach('some', [0, 1, 2], [check('d', 'item', { assert: ['n != 1'] })], {
          continueOnError: true,
          onError: 'continue',
        }),
        check('results', 'some.results'),
        forEach('stop', [0, 1, 2], [check('e', 'item', { assert: ['n != 1'] })]),
      ],
      teardown: [check('t', 'stop.results'), check('u', 'c')],
    }),
  },
  {
    name: 'waits',
    flow: flow({
      steps: [
        waitUntil('poll', 'at >= 2', [action('ask', { output: { at: 'round' } })]),
        check('then', 'at'),
        waitUntil('vain', 'at == 99', [action('ask2')], { maxDurationMs: 500, onError: 'continue' }),
        waitUntil('hung', '1 == at', [check('hang', 'at', { config: { sleep: 90_000 } })], {
          intervalMs: 100,
          maxDurationMs: 700,
        }),
      ],
    }),
  },
  {
    name: 'conditions and retried control flow',
    flow: flow({
      env: { yes: true },
      steps: [
        condition('if', 'yes', [order('a', 'a')], [order('b', 'b')]),
        condition('unless', 'a == null', [order('c', 'c')], [check('d', 'a')]),
        forEach('again', [1, 2], [order('e', 'e', { upTo: 2 })], {
          retry: { maxAttempts: 2, delayMs: 10 },
          onError: 'continue',
        }),
        check('f', 'a'),
      ],
      teardown: [check('t', 'a'), check('u', 'b'), check('v', 'e')],
    }),
  },
  {
    name: 'a flow within a flow',
    children: { 'child.yaml': child },
    flow: flow({
      steps: [
        order('first', 'a'),
        runFlow('nested', 'child.yaml', { given: '${a}' }),
        check('made', 'nested.made'),
        forEach('each', [1, 2], [runFlow('inside', 'child.yaml', { given: '${item}' })]),
      ],
      teardown: [check('t', 'nested.made')],
      outputs: { of: 'nested.made' },
    }),
  },
  {
    name: 'a flow that takes too long',
    flow: flow({
      timeoutMs: 1000,
      failFast: false,
      steps: [order('a', 'a', { sleep: 600 }), order('b', 'b', { sleep: 60_000 }), order('c', 'c')],
      teardown: [check('t', 'a'), check('u', 'c')],
    }),
  },
  {
    name: 'things that must not happen twice',
    flow: flow({
      steps: [
        order('first', 'a', { upTo: 1 }),
        action('send', { action: 'send', config: { n: 7, sleep: 5 }, assert: ['n == 7'], output: { b: 'number' } }),
        parallel('both', {
          left: [action('l', { action: 'send', config: { n: '${b}', sleep: 5 } }), check('l2', 'b')],
          right: [action('r', { action: 'send', config: { n: '${b}', sleep: 9 }, output: { r: 'number' } })],
        }),
        action('again', {
          action: 'send',
          config: { n: 1, upTo: 3 },
          assert: ['n == 1'],
          retry: { maxAttempts: 3, delayMs: 10 },
        }),
      ],
      teardown: [check('t', 'b'), check('u', 'r')],
    }),
  },
];
