import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { loadLibrariesFor } from '../expression/libraries.ts';
import { scopeOf } from '../expression/scope.fixture.ts';
import { nodeOf } from '../template/node.fixture.ts';
import { compileAssertions } from './compile.ts';
import { judged } from './judged.fixture.ts';
import { unusableSchema } from './schema-problems.ts';

beforeAll(() => loadLibrariesFor('pattern'));

const found = (schema: Value) =>
  compileAssertions(nodeOf({ 'body matches_schema': schema }), 'all').problems.map(
    ({ code, message, suggestion }) => `${code} ${message}${suggestion ? ` (${suggestion})` : ''}`,
  );

describe('a schema in the flow is refused before anything runs', () => {
  test.each<[Value, RegExp]>([
    [{ typ: 'object' }, /^TM3024 `typ` is no keyword.*did you mean `type`/],
    [{ requird: ['id'] }, /did you mean `required`/],
    [{ type: 'object', additionalProperty: false }, /did you mean `additionalProperties`/],
    [{ properties: { id: { typo: 1 } } }, /`typo` is no keyword/],
    [{ id: { type: 'string' } }, /`id` is no keyword/],
    [{ type: 'objct' }, /did you mean `object`/],
    [{ type: ['string', 'nul'] }, /did you mean `null`/],
    [{ required: 'a' }, /`required` is a list of names, not `a`/],
    [{ $ref: '#/$defs/order' }, /there is nothing at `#\/\$defs\/order`/],
    [{ $ref: '#order' }, /there is nothing at `#order`/],
    [{ $ref: 'order.json' }, /followed only within the schema/],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, /`\$schema` is one of/],
    [{ pattern: '[' }, /regular expression is not accepted/],
    [{ patternProperties: { '(?=a)': {} } }, /regular expression is not accepted/],
    [{ format: 'emial' }, /did you mean `email`/],
    [{ minLength: -1 }, /a whole number of at least 0/],
    [{ minimum: '5' }, /`minimum` is a number/],
    [{ exclusiveMinimum: true }, /a number, not `true`/],
    [{ uniqueItems: 'yes' }, /true or false/],
    [{ items: [{ type: 'sting' }] }, /did you mean `string`/],
    [{ allOf: [] }, /a list of schemas, not an empty list/],
    [{ enum: [] }, /a list of values/],
    [{ not: 'object' }, /`object` is no schema/],
    [{ dependentRequired: { a: 'b' } }, /a list of names belongs here/],
    ['order.json', /`order.json` is no schema/],
  ])('%j', (schema, message) => {
    expect(found(schema)).toEqual([expect.stringMatching(message)]);
  });
});

describe('a schema that can be used is left alone', () => {
  test.each<[Value]>([
    [true],
    [{}],
    [{ 'x-owner': 'orders', title: 'Order', format: 'money', examples: [1], nullable: true, type: 'string' }],
    [{ properties: { typ: { type: 'string' }, required: { type: 'boolean' } }, required: ['typ'] }],
    [{ $defs: { a: { type: 'string' } }, properties: { a: { $ref: '#/$defs/a' } } }],
    [{ $defs: { 'a/b': { $anchor: 'here' } }, allOf: [{ $ref: '#/$defs/a~1b' }, { $ref: '#here' }, { $ref: '#' }] }],
    [{ $schema: 'http://json-schema.org/draft-07/schema', items: [{}], dependencies: { a: ['b'], c: {} } }],
    [{ const: { typ: 1 }, enum: [{ typ: 1 }], default: { typ: 1 } }],
    [{ type: '${kind}', pattern: '^${prefix}[', required: '${names}', properties: { '${name}': '${schema}' } }],
  ])('%j', (schema) => {
    expect(found(schema)).toEqual([]);
  });
});

test('the caret is under the word at fault', () => {
  const { problems } = compileAssertions(
    nodeOf({ 'body matches_schema': { properties: { typ: { typee: 1 } } } }),
    'all',
  );
  expect(problems[0]?.span).toMatchObject({ column: 1, endColumn: 6 });
});

describe('a schema that is known only when the flow runs', () => {
  const scope = scopeOf({ body: {}, schema: { properties: { id: { typ: 'string' } } } });
  const item = { 'body matches_schema': '${schema}' };

  test('is a defect of the flow when it cannot be used, in any group', () => {
    for (const group of ['all', 'any', 'none'] as const) {
      const { holds, defect } = judged([item], scope, { group, schemaCheck: () => [] });
      expect({ holds, defect }).toMatchObject({
        holds: false,
        defect: { code: 'TM3024', message: expect.stringMatching(/at properties\.id: `typ` is no keyword/) },
      });
    }
  });

  test('is a defect too when whoever compiles it cannot', () => {
    const schemaCheck = () => [
      { path: '', message: 'the schema cannot be used: no such thing', ofSchema: true as const },
    ];
    const sound = scopeOf({ body: {}, schema: {} });
    expect(judged([item], sound, { group: 'none', schemaCheck })).toMatchObject({
      holds: false,
      defect: { code: 'TM3024' },
    });
  });

  test('says nothing when it can be used', () => {
    expect(unusableSchema({ type: 'object' })).toBeUndefined();
    expect(unusableSchema(true)).toBeUndefined();
  });
});
