import { expect, test } from '@jest/globals';
import { fileMentions } from './file-mentions.ts';

test('texts that look like relative paths are named, wherever they stand', () => {
  const text = `
flow:
  name: upload
  env_file: ../.env.test
  steps:
    - action: run_flow
      config: { flow: flows/login.yaml }
    - action: http_request
      config:
        url: https://api.test/orders
        multipart: [{ name: picture, file: data/cat.png }]
      assert:
        - status == 200
        - matches_schema: schemas/order.json
        - body matches_xml_schema_file "schemas/order.xsd"
    - action: for_each
      config: { glob: "data/**/*.json" }
`;
  expect(fileMentions(text)).toEqual({
    paths: ['../.env.test', 'flows/login.yaml', 'data/cat.png', 'schemas/order.json', 'schemas/order.xsd'],
    globs: ['data/**/*.json'],
  });
});

test.each([
  'url: http://a.b/c',
  'query: select a.b from c',
  'path: /etc/passwd',
  'text: "${dir}/x.json"',
  'word: plain',
  'number: 1.5',
])('%s names no file', (line) => {
  expect(fileMentions(line)).toEqual({ paths: [], globs: [] });
});

test('what is no YAML names what could be read of it', () => {
  expect(fileMentions('a: [x.json')).toEqual({ paths: ['x.json'], globs: [] });
});
