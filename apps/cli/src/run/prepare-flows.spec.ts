import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { catalogue } from '@testmesh/catalogue';
import { FlowPreparation } from './prepare-flows.ts';

const root = mkdtempSync(join(tmpdir(), 'testmesh-prepare-'));
afterAll(() => rmSync(root, { recursive: true }));

const TEXT = `flow:
  name: a
  steps:
    - action: http_request
      config: { url: 'http://127.0.0.1:1/' }
      assert: [body matches_schema_file "order.json"]
`;

const judged = async (schema: string) => {
  writeFileSync(join(root, 'order.json'), schema);
  const preparation = new FlowPreparation({
    cwd: root,
    root,
    given: { variables: new Map(), envFileVariables: new Map(), diagnostics: [], texts: {} },
    osEnvironment: {},
    catalogue,
    missingInput: 'error',
  });
  const { diagnostics } = await preparation.prepare({ file: 'a.yaml', absolute: join(root, 'a.yaml'), text: TEXT });
  return diagnostics.map(({ code, severity, message }) => `${severity} ${code} ${message}`);
};

test('a schema in a file is judged as a run reads it', async () => {
  expect(await judged('{ "type": "object" }')).toEqual([]);
  expect(await judged('\ufeff{ "type": "object" }')).toEqual([]);
  expect(await judged('{ "requird": ["id"] }')).toEqual([
    'error TM3024 order.json: `requird` is no keyword of JSON Schema: it would check nothing',
  ]);
});
