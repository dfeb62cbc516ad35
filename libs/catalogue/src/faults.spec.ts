// Constants that could only fail once a step runs, found where they stand.
import { expect, test } from '@jest/globals';
import { readFlow } from '@testmesh/flow';
import { catalogue } from './catalogue.ts';

const found = async (step: string): Promise<readonly string[]> => {
  const text = `flow:\n  name: a\n  steps:\n    - ${step}\n`;
  const { diagnostics } = await readFlow({ file: 'a.yaml', text }, catalogue);
  return diagnostics.map(
    ({ code, severity, span, message }) =>
      `${severity} ${code} at ${text.split('\n')[span.line - 1]?.slice(span.column - 1, span.endColumn - 1)}: ${message}`,
  );
};

test.each<[string, RegExp]>([
  [
    '{ action: mock_server_start, config: { endpoints: [{ path: /a, method: FETCH, response: {} }] } }',
    /^error TM1205 at FETCH: `endpoints\[0\].method`: FETCH is no method/,
  ],
  [
    '{ action: mock_server_start, config: { endpoints: [{ path: /a, match: { body_pattern: "[" }, response: {} }] } }',
    /^error TM1205 at "\[": .*not a regular expression: missing closing/,
  ],
  [
    '{ action: mock_server_verify, config: { assertions: [{ path: /a, count_min: 3, count_max: 1 }] } }',
    /^error TM1205 at 1: .*no count is at least 3 and at most 1/,
  ],
  [
    '{ action: kafka_consumer, config: { brokers: "a:1", topic: t, filter: { key_pattern: "[" } } }',
    /^error TM1205 at "\[": `match.key_pattern`: not a regular expression/,
  ],
  [
    '{ action: database_query, config: { dsn: "oracle://u@h/d", query: SELECT 1 } }',
    /^error TM1205 at "oracle:\/\/u@h\/d": /,
  ],
  [
    '{ action: database_query, config: { connection: "${DB}", query: "SELECT $1, $2", params: [1] } }',
    /^error TM1205 at "SELECT \$1, \$2": .*the query uses \$2/,
  ],
  [
    '{ action: postgresql.query, config: { connection: "${DB}", query: "SELECT $1, $2", params: [1] } }',
    /the query uses \$2/,
  ],
  [
    '{ action: database_query, config: { connection: "${DB}", query: SELECT 1, poll: { timeout: 1s, interval: 5s } } }',
    /^warning TM2016 at 5s: .*runs only once/,
  ],
  ['{ action: docker_run, config: { image: "Bad Image!!" } }', /^error TM1205 at "Bad Image!!": /],
  [
    '{ action: docker_run, config: { image: redis, ports: ["abc"] } }',
    /^error TM1205 at .*: `ports`: "abc" is not a port/,
  ],
  [
    '{ action: http_request, config: { url: "http://a", headers: { X Y: b } } }',
    /^error TM1205 at X Y: .*"X Y" cannot be/,
  ],
  [
    '{ action: http_request, config: { url: "http://a", follow_redirects: false, max_redirects: 3 } }',
    /^warning TM2016 at 3: /,
  ],
])('%s', async (step, expected) => {
  expect(await found(step)).toEqual([expect.stringMatching(expected)]);
});

test.each([
  '{ action: docker_run, config: { image: "${IMAGE}!!", ports: ["${P}x"] } }',
  '{ action: database_query, config: { connection: "${DB}", query: "SELECT $2 ${more}", params: [1] } }',
  '{ action: http_request, config: { url: "http://a", headers: { X-A: "${a}\\n" } } }',
])('a template is left to the run: %s', async (step) => {
  expect(await found(step)).toEqual([]);
});
