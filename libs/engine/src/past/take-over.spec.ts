import { describe, expect, test } from '@jest/globals';
import { flow, stepOf } from '@testmesh/testing';
import { type Case, inherited, own, pathsOf, reportOf } from './take-over.fixture.ts';

// A run is cut off after every event it records, and carried on by another owner.

const { action, parallel, forEach, condition, waitUntil, runFlow } = stepOf;

const check = (id: string, of = 'n', more = {}) =>
  action(id, { config: { n: `\${${of}}`, is: '${UUID}' }, assert: ['n != null'], ...more });

const order = (id: string, name: string, config = {}) =>
  action(id, { config: { n: 7, ...config }, assert: ['n == 7'], output: { [name]: 'number' } });

const child = flow({
  name: 'child',
  file: 'flows/child.yaml',
  text: 'flow: {name: child}',
  inputs: [{ name: 'given', type: 'any', required: true, span: check('x').span }],
  outputs: { made: 'made' },
  steps: [order('inner', 'made'), check('seen', 'given')],
  teardown: [check('swept', 'made')],
});

const cases: readonly Case[] = [
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
];

describe.each(cases)('$name', (each) => {
  test('comes to the same end whoever carries it on, and nothing that has ended happens again', async () => {
    const whole = await own(each);
    const report = reportOf(whole.events);
    for (let count = 0; count <= whole.events.length; count++) {
      const left = inherited({ history: [] }, whole, count);
      const next = await own(each, left);
      const { ended } = pathsOf(left.history);
      expect(next.performed.filter((path) => ended.has(path as never))).toEqual([]);
      expect(next.outcome).toEqual(whole.outcome);
      expect(reportOf([...left.history, ...next.events])).toEqual(report);
    }
  });
});
