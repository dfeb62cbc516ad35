import { expect, test } from '@jest/globals';
import { byteSize, durationMs, parseDuration, timeoutMs } from './quantities.ts';

test.each([
  ['500ms', 500],
  ['3s', 3000],
  ['1m30s', 90_000],
  ['2h', 7_200_000],
  ['1.5s', 1500],
])('the duration %s is %d ms', (text, ms) => {
  expect(durationMs.parse(text)).toBe(ms);
});

test.each(['', '3', '3 s', '-1s', 's', '1d', '3sx'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('a timeout of no time at all is none', () => {
  expect(timeoutMs.parse('1ms')).toBe(1);
  expect(timeoutMs.safeParse('0s').error?.issues[0]?.message).toMatch(/^no time at all/);
  expect(durationMs.parse('0s')).toBe(0);
});

test('a duration without a unit says what was probably meant', () => {
  expect(durationMs.safeParse(30).error?.issues[0]?.message).toBe('a duration needs a unit: write 30s or 30ms');
});

test.each([
  ['512KB', 512_000],
  ['64MiB', 67_108_864],
  ['1.5 KiB', 1536],
  [4096, 4096],
])('the size %s is %d bytes', (size, bytes) => {
  expect(byteSize.parse(size)).toBe(bytes);
});

test('a size with an unknown unit is refused', () => {
  expect(byteSize.safeParse('64MO').success).toBe(false);
});
