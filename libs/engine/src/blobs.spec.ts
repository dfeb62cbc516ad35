import { expect, test } from '@jest/globals';
import { flow, memoryBlobs, stepOf } from '@testmesh/testing';
import { exceeds } from './blobs.ts';
import { run } from './run.fixture.ts';

test('E50, E51: a large value is kept by its content, and later steps still see it whole', async () => {
  const blobs = memoryBlobs();
  const order: string[] = [];
  const spying = {
    put: async (bytes: Uint8Array) => {
      order.push('put');
      return blobs.put(bytes);
    },
    get: blobs.get,
  };
  const body = 'x'.repeat(20_000);
  const steps = [
    stepOf.action('big', { config: { status: 200, body }, output: { body: 'body' }, assert: ['status == 200'] }),
    stepOf.action('use', { config: { n: '${len(body)}' }, assert: ['n == 20000'] }),
  ];
  const { outcome, step } = await run(flow({ steps }), {
    ports: { blobs: spying, onEvent: ({ type }) => void order.push(type) },
  });
  expect(outcome.verdict).toBe('passed');
  const kept = { $blob: blobs.hashes()[0], size: 20_002, preview: `"${'x'.repeat(255)}` };
  expect(step('big')).toMatchObject({ output: { status: 200, body: kept }, captured: { body: kept } });
  expect(order.indexOf('put')).toBeLessThan(order.indexOf('StepCompleted'));
});

test('measuring stops as soon as the limit is passed', () => {
  expect(exceeds({ a: [1, 'x'.repeat(100)] }, 50)).toBe(true);
  expect(exceeds({ a: [1, 'x'.repeat(10)] }, 50)).toBe(false);
  expect(exceeds(undefined)).toBe(false);
});
