// Constants that could only fail once a step runs, found where they stand.
import { expect, test } from '@jest/globals';
import { checkFlow, readFlow } from '@testmesh/flow';
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
  [
    '{ action: http_request, config: { url: "http://a", timeout: 0s } }',
    /^error TM1205 at 0s: `timeout`: no time at all/,
  ],
  ['{ action: redis.subscribe, config: { url: "redis://a", channel: c, timeout: 0s } }', /at 0s: .*no time at all/],
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

const missing = async (...steps: readonly string[]) => {
  const text = `flow:\n  name: a\n  steps:\n${steps.map((step) => `    - ${step}\n`).join('')}`;
  const { flow, diagnostics } = await readFlow({ file: 'a.yaml', text }, catalogue);
  if (flow === undefined || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  const hasFile = (path: string) => path === 'there.json';
  return checkFlow(flow, { variables: new Set(['DB']), hasFile })
    .filter(({ code }) => code === 'TM2023')
    .map(({ severity, message }) => `${severity}: ${message}`);
};

test.each<[string, readonly string[]]>([
  ['{ action: http_request, config: { url: "http://a", multipart: { a: 1, b: { file: b.bin } } } }', ['b.bin']],
  ['{ action: http_request, config: { url: "http://a", multipart: { c: [x, { file: c.bin }] } } }', ['c.bin']],
  ['{ action: grpc_call, config: { address: "a:1", service: s, method: m, proto: a.proto } }', ['a.proto']],
  [
    '{ action: grpc_call, config: { address: "a:1", service: s, method: m, proto: [there.json, b.proto] } }',
    ['b.proto'],
  ],
  [
    '{ action: mock_server_start, config: { endpoints: [{ path: /a, responses: [{}, { body_from_file: a.json }] }] } }',
    ['a.json'],
  ],
  [
    '{ action: mock_server_start, config: { endpoints: [{ path: /a, response: { body_from_file: there.json } }] } }',
    [],
  ],
  ['{ action: http_request, config: { url: "http://a", multipart: { b: { file: "${B:x}" } } } }', []],
])('files that a step reads are sought: %s', async (step, files) => {
  expect(await missing(step)).toEqual(files.map((file) => `error: there is no file ${file}`));
});

test('a file that a step of the flow may make is only warned of', async () => {
  const save = '{ action: http_request, config: { url: "http://a", save_to_file: b.bin } }';
  const send = '{ action: http_request, config: { url: "http://a", multipart: { b: { file: b.bin } } } }';
  expect(await missing(save, send)).toEqual(['warning: there is no file b.bin']);
});
