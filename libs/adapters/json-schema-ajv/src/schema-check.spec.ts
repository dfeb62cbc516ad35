import { expect, test } from '@jest/globals';
import { numberFromText } from '@testmesh/domain';
import { schemaCheck } from './schema-check.ts';

const order = {
  type: 'object',
  required: ['id', 'items'],
  properties: {
    id: { type: 'string', pattern: '^ord-\\d+$' },
    placed_at: { type: 'string', format: 'date-time' },
    items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number', minimum: 0 } } } },
  },
};

test('a value that fits has no findings', () => {
  expect(schemaCheck(order, { id: 'ord-1', placed_at: '2026-11-21T03:00:00Z', items: [{ price: 1 }] })).toEqual([]);
});

test('every misfit is told with its path as a person writes it', () => {
  expect(schemaCheck(order, { id: 'x', placed_at: 'soon', items: [{ price: '1' }, { price: -1 }] })).toEqual([
    { path: 'id', message: 'must match pattern "^ord-\\d+$"' },
    { path: 'placed_at', message: 'must match format "date-time"' },
    { path: 'items[0].price', message: 'must be number' },
    { path: 'items[1].price', message: 'must be >= 0' },
  ]);
});

test('a misfit of the value itself has an empty path', () => {
  expect(schemaCheck({ required: ['id'] }, {})).toEqual([{ path: '', message: "must have required property 'id'" }]);
});

test('an unwanted property and the allowed values are named', () => {
  const schema = { properties: { state: { enum: ['open', 'paid'] } }, additionalProperties: false };
  expect(schemaCheck(schema, { state: 'lost', extra: 1 })).toEqual([
    { path: '', message: 'must NOT have additional properties: extra' },
    { path: 'state', message: 'must be equal to one of the allowed values: ["open","paid"]' },
  ]);
});

test('draft 2020-12 is the default and draft-07 is read when the schema says so', () => {
  const tuple = { prefixItems: [{ type: 'number' }] };
  const tuple07 = { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }] };
  expect(schemaCheck(tuple, ['x'])).toHaveLength(1);
  expect(schemaCheck(tuple07, ['x'])).toHaveLength(1);
});

test('S1: a pattern that would backtrack for ever answers at once', () => {
  const started = performance.now();
  expect(schemaCheck({ pattern: '^(a+)+$' }, `${'a'.repeat(5_000)}!`)).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('S2: a schema that cannot be used says why', () => {
  const [nonsense] = schemaCheck({ type: 'nonsense' }, 1);
  expect(nonsense).toMatchObject({ message: expect.stringMatching(/^the schema cannot be used: /), ofSchema: true });
  expect(schemaCheck({ type: 'number' }, 'x')[0]).not.toHaveProperty('ofSchema');
  expect(schemaCheck({ pattern: '(?=a)' }, 'a')[0]?.message).toMatch(/^the schema cannot be used: /);
  expect(schemaCheck({ $ref: 'http://example.com/elsewhere.json' }, 1)[0]?.message).toMatch(/cannot be used/);
  expect(schemaCheck('order', 1)[0]?.message).toMatch(/is an object or a boolean/);
});

test('S3: a number with more digits than a double is a number', () => {
  expect(schemaCheck({ type: 'integer', minimum: 5 }, numberFromText('9007199254740993'))).toEqual([]);
});

test('two schemas with one $id are each checked on their own', () => {
  const id = 'https://example.com/thing';
  expect(schemaCheck({ $id: id, type: 'string' }, 'x')).toEqual([]);
  expect(schemaCheck({ $id: id, type: 'number' }, 'x')).toHaveLength(1);
});
