import { expect, test } from '@jest/globals';
import { fakeClock } from './fake-clock.ts';

test('sleepers wake in the order of their times, not of their calls', async () => {
  const clock = fakeClock();
  const woken: string[] = [];
  void clock.sleep(20).then(() => woken.push('late'));
  void clock.sleep(10).then(() => woken.push('early'));
  await clock.advance(15);
  expect(woken).toEqual(['early']);
  await clock.advance(5);
  expect(woken).toEqual(['early', 'late']);
});

test('an aborted sleeper rejects with the reason and leaves nothing behind', async () => {
  const clock = fakeClock();
  const control = new AbortController();
  const sleeping = clock.sleep(10, control.signal);
  control.abort('enough');
  await expect(sleeping).rejects.toBe('enough');
  expect(clock.sleeping()).toBe(0);
});

test('with auto, time jumps when everything waits', async () => {
  const clock = fakeClock({ auto: true });
  await clock.sleep(60_000);
  await Promise.all([clock.sleep(5_000), clock.sleep(1_000)]);
  expect(clock.monotonic()).toBe(65_000);
});
