import { expect, test } from '@jest/globals';
import { fixed, flow, stepOf, templateOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

const check = stepOf.action('check', { config: { n: 1 }, assert: ['n == 1'] });

test('E74: a range longer than the loop may run is refused before it is made', async () => {
  const over = { kind: 'range' as const, start: fixed(1), end: fixed(1e12), step: fixed(1) };
  const { step } = await run(flow({ steps: [check, stepOf.forEach('loop', over, [stepOf.action('look')])] }));
  expect(step('loop').error).toMatchObject({
    code: 'TM5041',
    message: 'there are 1000000000000 items, and a loop runs at most 100000',
  });
  const allowed = { kind: 'range' as const, start: fixed(1), end: fixed(100_001), step: fixed(50_000) };
  const { outcome } = await run(
    flow({ steps: [check, stepOf.forEach('loop', allowed, [stepOf.action('look')], { maxIterations: 2 })] }),
  );
  expect(outcome).toMatchObject({
    error: { code: 'TM5041', message: 'there are 3 items, and max_iterations allows 2' },
  });
});

test('E72, E76: a template that comes to nothing at once is an error', async () => {
  const none = { kind: 'template' as const, template: templateOf('${none}'), span: check.span };
  const loop = { ...stepOf.forEach('loop', [1, 2], [stepOf.action('look')]), maxConcurrent: none };
  const beside = { ...stepOf.parallel('beside', { a: [stepOf.action('a')] }), maxConcurrent: none };
  for (const step of [loop, beside]) {
    const { outcome } = await run(flow({ steps: [check, step], env: { none: 0 } }));
    expect(outcome).toMatchObject({
      verdict: 'error',
      error: { code: 'TM5030', message: '0 is not a whole number of at least 1' },
    });
  }
});
