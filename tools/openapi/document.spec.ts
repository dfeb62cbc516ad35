import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { apiDocument, graphqlDocument } from './document.ts';

test('docs/openapi.json is what the routes say (npm run openapi writes it anew)', () => {
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8'));
  expect(kept).toEqual(JSON.parse(JSON.stringify(apiDocument())));
});

test('docs/graphql.graphql is the schema that those routes make (npm run openapi writes it anew)', () => {
  const kept = readFileSync(join(import.meta.dirname, '../../docs/graphql.graphql'), 'utf8');
  expect(kept).toBe(graphqlDocument());
});
