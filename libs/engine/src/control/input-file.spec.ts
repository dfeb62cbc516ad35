import { expect, test } from '@jest/globals';
import { flow, stepOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

test('E81: an input_file brings inputs, and those of the step lie over it', async () => {
  const seeing = flow({
    file: 'child.yaml',
    steps: [
      stepOf.action('look', { config: { got: '${USER}/${PLACE}' }, output: { got: 'got' }, assert: ['got exists'] }),
    ],
  });
  const steps = [stepOf.runFlow('child', 'child.yaml', { USER: 'ada' }, { inputFile: 'given.json' })];
  const readFile = async () => new TextEncoder().encode('{"USER":"bob","PLACE":"here"}');
  const { step } = await run(flow({ steps }), { ports: { childFlow: async () => seeing, readFile } });
  expect(step('child').output).toMatchObject({ got: 'ada/here' });
});
