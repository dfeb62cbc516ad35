import { expect, test } from '@jest/globals';
import type { Wakeups } from '@testmesh/ports';
import { fakeAction, fakeClock, ok } from '@testmesh/testing';
import { queueTopic } from './claim-loop.ts';
import { Platform } from './executor.fixture.ts';

/** A carrier whose runs end when the test says so. */
const manual = () => {
  const open = new Map<string, () => void>();
  const carry = (run: { readonly runId: string }) => new Promise<void>((resolve) => open.set(run.runId, resolve));
  return { carry, open, end: (runId: string) => open.get(runId)?.() };
};

test('C1: never more runs than slots, and a slot that becomes free is used at once', async () => {
  const platform = new Platform(fakeClock());
  const { carry, open, end } = manual();
  await platform.request('a', 'b', 'c', 'd');
  const loop = platform.executor('e1', fakeAction(), { carry, slots: 2 });
  loop.start();
  await settled();
  expect([...open.keys()]).toEqual(['a', 'b']);
  end('a');
  await settled();
  expect([...open.keys()]).toEqual(['a', 'b', 'c']);
  expect(loop.busy).toBe(2);
});

test('C2: an idle queue is asked less and less often, and a wake-up is heard at once', async () => {
  const platform = new Platform(fakeClock());
  const listeners = new Map<string, () => void>();
  const onWake: Wakeups['onWake'] = (topic, listener) => {
    listeners.set(topic, listener);
    return () => listeners.delete(topic);
  };
  const { carry, open } = manual();
  const asked: number[] = [];
  const claim = (request: Parameters<typeof platform.queue.claim>[0]) => {
    asked.push(platform.clock.monotonic());
    return platform.queue.claim(request);
  };
  const loop = platform.executor('e1', fakeAction(), { carry, wakeups: { onWake }, queue: { claim } });
  loop.start();
  await settled();
  await platform.clock.advance(10_000);
  const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(gaps[0]).toBeLessThanOrEqual(200);
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1000);
  await platform.request('a');
  listeners.get(queueTopic('default'))?.();
  await settled();
  expect([...open.keys()]).toEqual(['a']);
});

test('C3: a drain that has time lets runs finish and claims nothing more', async () => {
  const platform = new Platform();
  const slow = fakeAction(async () => {
    await platform.clock.sleep(5000);
    return ok({ n: 1 });
  });
  await platform.request('a', 'b');
  const loop = platform.executor('e1', slow, { slots: 1 });
  loop.start();
  await platform.until(() => loop.busy === 1);
  await loop.drain(60_000);
  expect(platform.types('a').at(-1)).toBe('RunCompleted');
  expect(platform.types('b')).toEqual(['RunRequested']);
  expect(platform.faults).toEqual([]);
});

test('C3: a drain without time hands over what is left: another executor finishes it', async () => {
  const platform = new Platform();
  const endless = fakeAction((_config, { signal }) => untilAborted(signal));
  await platform.request('a');
  const first = platform.executor('e1', endless);
  first.start();
  await platform.until(() => platform.types('a').includes('StepStarted'));
  await first.drain(1000);
  expect(platform.types('a').at(-1)).toBe('RunReleased');
  const second = platform.executor('e2', fakeAction());
  second.start();
  await platform.until(() => platform.types('a').at(-1) === 'RunCompleted');
  expect(platform.facts('a').at(-1)).toMatchObject({ verdict: 'passed' });
  await second.drain(1000);
  expect(platform.faults).toEqual([]);
});

test('C4: a carrier that breaks is told, and its slot is free again', async () => {
  const platform = new Platform();
  await platform.request('a');
  const loop = platform.executor('e1', fakeAction(), { carry: () => Promise.reject(new Error('broken')) });
  loop.start();
  await platform.until(() => platform.faults.length > 0);
  expect(platform.faults).toEqual(['carry: broken']);
  expect(loop.busy).toBe(0);
  await loop.drain(0);
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
