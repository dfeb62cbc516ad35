import { expect, test } from '@jest/globals';
import { readTaskReport } from './task-report.ts';

const output = [
  '',
  ' NX   Running targets types, layers for project testmesh:',
  '',
  '> nx run testmesh:types  [local cache]',
  '',
  '> nx run testmesh:layers',
  'error no-cycles: a.ts',
  '',
  ' NX   Running targets types, layers for project testmesh failed',
  '',
  'Failed tasks:',
  '',
  '- testmesh:layers',
].join('\n');

test('a task that Nx lists as failed is counted, with its own words only', () => {
  const { passed, failed, words } = readTaskReport(['types', 'layers'], output);
  expect({ passed, failed, words }).toEqual({ passed: 1, failed: 1, words: 'layers:\nerror no-cycles: a.ts' });
});

test('a task of which Nx said nothing has not passed', () => {
  expect(readTaskReport(['types', 'dead-code'], output)).toMatchObject({ passed: 1, failed: 1 });
});
