import { expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { flow, stepOf } from '@testmesh/testing';
import { run } from '../run.fixture.ts';

const [written] = stepOf.action('get', { assert: ['body exists'] }).asserts;
if (written?.check.kind !== 'expression' || written.check.expression.ast.kind !== 'exists') throw new Error('unread');
const subject = { ...written.check.expression, ast: written.check.expression.ast.of };
const checked = (path: string) => ({
  ...stepOf.action('get', { config: { body: '<order/>' } }),
  asserts: [
    {
      ...written,
      check: { kind: 'schema' as const, subject, schema: { kind: 'file' as const, path, language: 'xml' as const } },
    },
  ],
});

test('E5: an XML Schema is read with what it includes, each path beside the file that names it', async () => {
  const texts: Record<string, string> = {
    'flows/schemas/order.xsd': '<xs:schema><xs:include schemaLocation="parts/money.xsd"/></xs:schema>',
    'flows/schemas/parts/money.xsd': '<xs:schema><xs:import schemaLocation="http://elsewhere/x.xsd"/></xs:schema>',
  };
  const asked: Value[] = [];
  const xmlSchemaCheck = async () => (schema: Value) => {
    asked.push(schema);
    return [{ path: '/order/id', message: 'it is no number' }];
  };
  const readFile = async (file: string) => new TextEncoder().encode(texts[file]);
  const { step } = await run(flow({ steps: [checked('schemas/order.xsd')] }), { ports: { xmlSchemaCheck, readFile } });
  expect(asked).toEqual([{ file: 'flows/schemas/order.xsd', texts }]);
  expect(step('get').assertions).toMatchObject([{ passed: false, message: '/order/id: it is no number' }]);
});
