import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { withLayerTable } from './layer-table.mjs';
import { layers } from './layers.mjs';

const page = readFileSync(path.join(import.meta.dirname, '../ARCHITECTURE.md'), 'utf8');

test('ARCHITECTURE.md prints the layer table as it is (node tools/layer-table.mjs prints it anew)', () => {
  expect(page).toBe(withLayerTable(page));
});

test('every layer has its row', () => {
  for (const { folder } of layers) expect(withLayerTable(page)).toContain(`| \`${folder}\` |`);
});

test('a page without the marks is refused', () => {
  expect(() => withLayerTable('# Architecture')).toThrow('has no "<!-- layers');
});
