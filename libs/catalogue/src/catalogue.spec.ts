import { expect, test } from '@jest/globals';
import { allSchemas, catalogue, FAMILIES, loadAction } from './catalogue.ts';

test('the names of a family are the names and aliases of its schemas', async () => {
  for (const family of FAMILIES) {
    const { schemas } = await family.schemas();
    expect([...family.names].sort()).toEqual(schemas.flatMap(({ type, aliases }) => [type, ...aliases]).sort());
  }
});

test('every schema has code under the same name, and no name is given twice', async () => {
  const schemas = await allSchemas();
  for (const { type } of schemas) expect((await loadAction(type)).schema.type).toBe(type);
  expect(new Set(catalogue.names).size).toBe(catalogue.names.length);
});

test('an alias loads the schema it stands for', async () => {
  expect((await catalogue.load('kafka_publish'))?.type).toBe('kafka_producer');
  expect(await catalogue.load('teleport')).toBeUndefined();
});
