import { expect, test } from '@jest/globals';
import { fakeClock, flow, stepOf } from '@testmesh/testing';
import { run } from './run.fixture.ts';

test('E0: steps that never wait stay close to what the journal has', async () => {
  let waiting = 0;
  let most = 0;
  const recorder = {
    record: () => {
      waiting += 1;
      most = Math.max(most, waiting);
    },
    durable: () =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          waiting = 0;
          resolve();
        }),
      ),
  };
  const steps = Array.from({ length: 1000 }, (_, at) =>
    stepOf.action(`s${at}`, { config: { n: 1 }, assert: ['n == 1'] }),
  );
  const { outcome } = await run(flow({ steps, mentions: [] }), { ports: { recorder } });
  expect(outcome.verdict).toBe('passed');
  expect(most).toBeLessThan(800);
});

test('E0: a run of steps that never wait can be interrupted', async () => {
  const control = new AbortController();
  setTimeout(() => control.abort(), 1);
  const steps = Array.from({ length: 3000 }, (_, at) => stepOf.action(`s${at}`));
  const recorder = { record: () => undefined, durable: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const { outcome } = await run(flow({ steps, mentions: [] }), { ports: { recorder, signal: control.signal } });
  expect(outcome.verdict).toBe('cancelled');
});

test('durations are recorded to the microsecond, so that nobody who reads them has to keep more digits than a double has', async () => {
  const clock = fakeClock({ auto: true });
  let readings = 0;
  const noisy = { ...clock, monotonic: () => clock.monotonic() + readings++ * Math.PI };
  const { events } = await run(flow({ steps: [stepOf.action('a')] }), { ports: { clock: noisy } });
  const durations = JSON.stringify(events).match(/(?<="durationMs":)[\d.]+/g) ?? [];
  expect(durations.length).toBeGreaterThan(2);
  expect(durations.filter((text) => !/^\d+(\.\d{1,3})?$/.test(text))).toEqual([]);
});
