import { expect, test } from '@jest/globals';
import { letGo } from './let-go.ts';

test('long bytes are gone at once', () => {
  const long = Buffer.from('x'.repeat(100_000));
  letGo(long);
  expect(long).toHaveLength(0);
});

test('short ones stay: others may lie beside them', () => {
  const short = Buffer.from('beside');
  const other = Buffer.from('others');
  letGo(short);
  expect([short.toString(), other.toString()]).toEqual(['beside', 'others']);
});
