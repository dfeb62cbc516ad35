import { expect, test } from '@jest/globals';
import { documentValue } from './document-value.ts';

const value = (text: string) => documentValue({ file: 'a.yaml', text });

test('a document is data: maps, lists and typed scalars', () => {
  expect(value('a: { b: [1, "1", true, null] }\nc: &x {d: e}\nf: *x\n')).toEqual({
    a: { b: [1, '1', true, null] },
    c: { d: 'e' },
    f: { d: 'e' },
  });
});

test('an empty document is nothing', () => {
  expect(value('')).toBeUndefined();
});
