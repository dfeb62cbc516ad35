import { describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { requestFaults } from './faults.ts';

const look = { isOpen: (text: string) => text.includes('${'), patternProblem: () => undefined };
const faults = (config: ValueMap) =>
  requestFaults(config, look).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('headers that could not be sent are named before anything is', () => {
  test.each<[ValueMap, RegExp]>([
    [{ 'X Y': 'a' }, /^headers\.X Y: "X Y" cannot be the name of a header/],
    [{ '': 'a' }, /cannot be the name/],
    [{ 'X-A': 'a\r\nX-B: b' }, /^headers\.X-A: the header X-A cannot be sent: its value has a line break/],
    [{ 'X-A': ['a', 'b\u0000'] }, /the character "\\u0000"/],
    [{ 'X-A': 'жук' }, /the character "ж"/],
  ])('%j', (headers, message) => {
    expect(faults({ headers })).toEqual([expect.stringMatching(message)]);
  });

  test.each<[ValueMap]>([[{ 'X-A': 'a\tb é', "!#$%&'*+.^_`|~": 1, accept: null }], [{ '${NAME}': 'a' }]])(
    '%j can be',
    (headers) => {
      expect(faults({ headers })).toEqual([]);
    },
  );
});

test('a number of redirects has no effect when none is followed', () => {
  expect(requestFaults({ follow_redirects: false, max_redirects: 3 }, look)).toMatchObject([
    { path: ['max_redirects'], harmless: true },
  ]);
  expect(faults({ follow_redirects: true, max_redirects: 3 })).toEqual([]);
});
