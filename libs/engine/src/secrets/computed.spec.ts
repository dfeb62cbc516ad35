import { expect, test } from '@jest/globals';
import { flow, stepOf } from '@testmesh/testing';
import { own } from '../past/take-over.fixture.ts';

const TOKEN = 'tok-3f9a77c1e2';

test('E42: what an assertion computes of a secret does not show it either', async () => {
  const computing = flow({
    env: { T: TOKEN },
    secrets: ['T'],
    steps: [
      stepOf.action('look', {
        config: { key: '${T}' },
        assert: ['upper(key) == "X"', 'substring(key, 0, 8) == "X"', 'first(split(T, "-")) == "X"', 'len(T) == 3'],
      }),
    ],
  });
  const { events } = await own({ name: 'computing', flow: computing });
  const records = events.flatMap((event) => (event.type === 'StepCompleted' ? event.assertions : []));
  expect(records.map(({ actual }) => actual)).toEqual(['***', '***', '***', TOKEN.length]);
  expect(JSON.stringify(events)).not.toMatch(/tok|3f9a/i);
});
