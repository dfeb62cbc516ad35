import { expect, test } from '@jest/globals';
import { styleOf, wantsColour, wantsUnicode } from './style.ts';

test.each([
  ['always', { NO_COLOR: '1' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
  ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '0' }, true, false],
  ['auto', { NO_COLOR: '1' }, true, false],
  ['auto', { NO_COLOR: '' }, true, true],
  ['auto', { TERM: 'dumb' }, true, false],
  ['auto', {}, false, false],
] as const)('colour %s with %j on a terminal=%s is %s', (choice, environment, isTerminal, expected) => {
  expect(wantsColour(choice, environment, isTerminal)).toBe(expected);
});

test('the C locale gets words instead of signs', () => {
  expect(wantsUnicode({ LC_ALL: 'C' })).toBe(false);
  expect(wantsUnicode({ LANG: 'C.UTF-8' })).toBe(true);
  expect(styleOf({ colour: false, unicode: false, width: 80 }).signs.failed).toBe('FAIL');
});

test('colour marks text and plain leaves it alone', () => {
  expect(styleOf({ colour: true, unicode: true, width: 80 }).red('x')).toBe('\u001b[31mx\u001b[39m');
  expect(styleOf({ colour: false, unicode: true, width: 80 }).red('x')).toBe('x');
});
