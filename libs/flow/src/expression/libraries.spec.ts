import { expect, test } from '@jest/globals';
import { compileJsonPath } from '../path/json-path.ts';
import { compileRegex } from '../regex/regex.ts';
import { librariesFor, loadLibrariesFor } from './libraries.ts';

test.each([
  ['- status == 200\n- status in [200, 201]\nid: $.body.items[0].id\nurl: ${BASE_URL:http://h:1}/x', []],
  ['- body.id matches "^x$"', ['regular expressions']],
  ['key_pattern: "^x"', ['regular expressions']],
  // The patterns are in another file, which is judged with the flow.
  ['- body matches_schema_file "order.json"', ['regular expressions']],
  ['x: $..id', ['JSONPath']],
  ['x: $.items[*].id', ['JSONPath']],
  ['x: $.items[?@.a > 1]', ['JSONPath']],
  ["- $.users[?(@.status == 'active')].length > 0", ['JSONPath']],
  ['x: $.items[0, 1]', ['JSONPath']],
  ["x: $['a', 'b']", ['JSONPath']],
  ['x: $.items[1:3]', ['JSONPath']],
  ['x: $.items.*', ['JSONPath']],
  ['x: body.items[*].id', ['JSONPath']],
  ['x: body..id', ['JSONPath']],
  ['- $..id matches "x"', ['regular expressions', 'JSONPath']],
])('%j needs %j', (text, expected) => {
  expect(librariesFor(text)).toEqual(expected);
});

test('what a file needs can be compiled once it is loaded, and the filters of a path match patterns too', async () => {
  await loadLibrariesFor('x: $..id');
  expect(compileJsonPath("$[?match(@.id, 'a.*')]")).toHaveProperty('select');
  expect(compileRegex('^a$')).toHaveProperty('matches');
});
