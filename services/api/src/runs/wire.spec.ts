import { expect, test } from '@jest/globals';
import { shownMs } from './wire.ts';

test('milliseconds have three decimals at most', () => {
  expect([947.1880410000012, 80.52980000000001, 6102.487342999999, 12, null].map(shownMs)).toEqual([
    947.188,
    80.53,
    6102.487,
    12,
    null,
  ]);
});
