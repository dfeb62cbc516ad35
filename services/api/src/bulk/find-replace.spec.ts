import { expect, test } from '@jest/globals';
import { replaceWithin } from './find-replace.ts';

const TEXT = 'url: http://a/api\r\nbody: API a.b apix\nnote: http://a/api\n';
const everywhere = [{ start: 0, end: TEXT.length }];
const sought = { find: 'api', replace: 'v2', matchCase: false, wholeWord: false };

test('every occurrence is replaced and told by its line', () => {
  expect(replaceWithin(TEXT, sought, everywhere)).toEqual({
    text: 'url: http://a/v2\r\nbody: v2 a.b v2x\nnote: http://a/v2\n',
    count: 4,
    lines: [
      { line: 1, before: 'url: http://a/api', after: 'url: http://a/v2' },
      { line: 2, before: 'body: API a.b apix', after: 'body: v2 a.b v2x' },
      { line: 3, before: 'note: http://a/api', after: 'note: http://a/v2' },
    ],
  });
});

test('case and words are told apart where that is asked for', () => {
  expect(replaceWithin(TEXT, { ...sought, matchCase: true }, everywhere).count).toBe(3);
  expect(replaceWithin(TEXT, { ...sought, wholeWord: true }, everywhere).count).toBe(3);
});

test('what is sought is no pattern, and what replaces it has no places to fill', () => {
  const replaced = replaceWithin(TEXT, { ...sought, find: 'a.b', replace: '$&{$1}' }, everywhere);
  expect(replaced.text).toContain('API $&{$1} apix');
  for (const find of ['.', '(', '[', '\\', '$', '-', '/', '{1}', '^', '|', '*', '+', '?']) {
    expect(replaceWithin(`x${find}y`, { ...sought, find, replace: 'z' }, [{ start: 0, end: 9 }]).text).toBe('xzy');
  }
});

test('nothing outside the stretches is touched', () => {
  const within = [{ start: TEXT.indexOf('note'), end: TEXT.length }];
  expect(replaceWithin(TEXT, sought, within)).toMatchObject({ count: 1, lines: [{ line: 3 }] });
  expect(replaceWithin(TEXT, sought, [{ start: 0, end: 16 }]).count).toBe(0);
});
