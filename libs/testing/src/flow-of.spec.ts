import { expect, test } from '@jest/globals';
import { fakeAction } from './fake-action.ts';
import { flowOf } from './flow-of.ts';

test('a YAML text becomes a flow', async () => {
  const flow = await flowOf('flow:\n  name: x\n  steps:\n    - id: a\n      action: do\n', [fakeAction()]);
  expect(flow.steps.map(({ id, action }) => [id, action])).toEqual([['a', 'do']]);
});

test('a text that is no flow throws with the place', async () => {
  await expect(flowOf('flow:\n  name: x\n  stepz: []\n', [])).rejects.toThrow(/3:3 TM1\d+ .*stepz/);
});
