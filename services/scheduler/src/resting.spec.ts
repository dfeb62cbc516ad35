import { expect, test } from '@jest/globals';
import { Resting } from './resting.ts';

const world = () => {
  let now = 0;
  const resting = new Resting({ monotonic: () => now });
  return { resting, pass: (ms: number) => (now += ms) };
};

test('what was tried in vain rests, longer each time and a minute at most', () => {
  const { resting, pass } = world();
  const rests: number[] = [];
  for (let times = 0; times < 7; times += 1) {
    resting.add('a');
    let ms = 0;
    for (; resting.now().includes('a'); ms += 1000) pass(1000);
    rests.push(ms / 1000);
  }
  expect(rests).toEqual([2, 4, 8, 16, 32, 60, 60]);
});

test('what worked, or was not tried for long, begins anew', () => {
  const { resting, pass } = world();
  for (const id of ['a', 'b']) for (let times = 0; times < 3; times += 1) resting.add(id);
  resting.delete('a');
  resting.add('a');
  pass(2000);
  expect(resting.now()).toEqual(['b']);
  pass(70_000);
  resting.now();
  resting.add('b');
  pass(2000);
  expect(resting.now()).toEqual([]);
});
