import { describe, expect, test } from '@jest/globals';
import type { ValueMap } from '@testmesh/domain';
import { queryFaults } from './faults.ts';

const look = { isOpen: (text: string) => text.includes('${'), patternProblem: () => undefined };
const faults = (config: ValueMap) =>
  queryFaults(config, look).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('what the database would say is said before anything runs', () => {
  test.each<[ValueMap, RegExp]>([
    [{ connection: 'oracle://u:p@h/db' }, /^connection: "oracle" is not a database this action speaks to/],
    [{ connection: 'somewhere' }, /^connection: the connection is neither a URL/],
    [{ query: 'SELECT $1, $2', params: [1] }, /^query: the query uses \$2, but `params` has 1 value$/],
    [{ query: 'SELECT $1', params: [] }, /`params` has 0 values/],
    [{ query: 'SELECT :id', params: { di: 1 } }, /the query uses :id, but `params` has only di/],
    [{ query: 'SELECT 1', params: { id: 1 } }, /`params.id` is given, but the query has no :id/],
    [{ statements: ['SELECT 1', { query: 'SELECT $2', params: [1] }] }, /^statements\.1\.query: the query uses \$2/],
  ])('%j', (config, message) => {
    expect(faults(config)).toEqual([expect.stringMatching(message)]);
  });

  test.each<[ValueMap]>([
    [{ connection: 'postgresql://u:p@h/db', query: 'SELECT $1', params: ['${a}'] }],
    [{ connection: 'postgresql://${USER}@h/db' }],
    [{ connection: 'oracle://${USER}@h/db' }],
    [{ query: 'SELECT ${columns}', params: [1] }],
    [{ query: "SELECT '$2', $1", params: [1] }],
    [{ query: 'SELECT ? FROM t', params: [1] }],
    [{ query: 'SELECT 1 # $1', params: [] }],
    [{ query: 'SELECT a::text[1:2], :id', params: { id: 1 } }],
    [{ query: 'SELECT 1', params: { '${name}': 1 } }],
    [{ poll: { timeout: '5s', interval: '1s' } }],
    [{ timeout: '${T}', interval: '5s' }],
  ])('%j may be right', (config) => {
    expect(faults(config)).toEqual([]);
  });
});

test.each<[ValueMap, string]>([
  [{ poll: { timeout: '1s', interval: '5s' } }, 'poll.interval'],
  [{ timeout: '1s', interval: '5s' }, 'interval'],
])('%j tries once, which is told but not refused', (config, place) => {
  const [fault] = queryFaults(config, look);
  expect({ path: fault?.path.join('.'), harmless: fault?.harmless }).toEqual({ path: place, harmless: true });
});
