import { describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { endpointFaults, expectationFaults } from './faults.ts';

const look = {
  isOpen: (text: string) => text.includes('${'),
  patternProblem: (text: string) => (text === '[' ? 'missing closing ]' : undefined),
};
const paths = (faults: ReturnType<typeof endpointFaults>) => faults.map(({ path }) => path.join('.'));
const endpoint = (more: ValueMap) =>
  paths(endpointFaults({ endpoints: [{ path: '/a' }, { path: '/b', ...more }] }, look));
const expected = (more: ValueMap) => paths(expectationFaults({ assertions: [{ path: '/b', ...more }] }, look));

describe('what a mock server would find only when it starts', () => {
  test.each<[ValueMap, string]>([
    [{ method: 'FETCH' }, 'endpoints.1.method'],
    [{ match: { body_pattern: '[' } }, 'endpoints.1.match.body_pattern'],
    [{ match: { headers: { 'X-A': 'regex:[' } } }, 'endpoints.1.match.headers.X-A'],
    [{ match: { body_matches: ['$.a > 1', 'amount big'] } }, 'endpoints.1.match.body_matches.1'],
    [{ match: { query: { page: 'regex:[' } } }, 'endpoints.1.match.query.page'],
  ])('%j', (more, place) => {
    expect(endpoint(more)).toEqual([place]);
  });

  test.each<[ValueMap, string]>([
    [{ method: 'get_all' }, ''],
    [{ method: 'GETS' }, 'assertions.0.method'],
    [{ count_min: 3, count_max: 1 }, 'assertions.0.count_max'],
    [{ headers: { a: 'regex:[' } }, 'assertions.0.headers.a'],
  ])('an expectation %j', (more, place) => {
    expect(expected(more)).toEqual(place === '' ? [] : [place]);
  });

  test.each<[ValueMap]>([
    [{ method: 'purge', match: { headers: { a: '[' }, body_pattern: '${P}' } }],
    [{ method: '*', count_min: 1, count_max: 1 }],
    [{ method: '${M}', count_min: '${n}', count_max: 0 }],
  ])('%j may be right', (more) => {
    expect([...endpoint(more), ...expected(more)]).toEqual([]);
  });
});
