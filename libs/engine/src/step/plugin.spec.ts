import { expect, test } from '@jest/globals';
import { fakeAction, flow, ok, stepOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

test('every fact about a step names the plugin that acted, and no other step does', async () => {
  const plugin = { name: '@acme/greeter', version: '1.4.0' };
  const greet = { ...fakeAction(() => ok({ said: 'hello' })), plugin };
  const steps = [
    stepOf.action('hi', { action: 'greet', assert: ['said == "hello"'] }),
    stepOf.action('own', { config: { n: 1 }, assert: ['n == 1'] }),
  ];
  const { events } = await run(flow({ steps }), { actions: { greet } });
  const named = events.flatMap((event) =>
    event.type === 'StepStarted' || event.type === 'StepCompleted' ? [[event.type, event.id, event.plugin]] : [],
  );
  expect(named).toEqual([
    ['StepStarted', 'hi', '@acme/greeter@1.4.0'],
    ['StepCompleted', 'hi', '@acme/greeter@1.4.0'],
    ['StepStarted', 'own', undefined],
    ['StepCompleted', 'own', undefined],
  ]);
});
