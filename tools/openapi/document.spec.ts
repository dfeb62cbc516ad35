import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { apiDocument } from './document.ts';

test('docs/openapi.json is what the routes say (npm run openapi writes it anew)', () => {
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(apiDocument())));
});
