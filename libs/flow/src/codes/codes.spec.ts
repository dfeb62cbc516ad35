import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkFlow } from '../checks/check-flow.ts';
import { catalogue } from '../reading/catalogue.fixture.ts';
import { readFlow } from '../reading/read-flow.ts';
import { CODES, explain } from './codes.ts';
import { tm1Flow } from './tm1-flow.ts';
import { tm1Yaml } from './tm1-yaml.ts';
import { tm2 } from './tm2.ts';

const root = join(import.meta.dirname, '../../../..');

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const codesIn = (paths: readonly string[]): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const [code] of readFileSync(join(root, path), 'utf8').matchAll(/\bTM\d{4}\b/g)) found.set(code, path);
  }
  return found;
};

const all = ['libs', 'apps', 'e2e'].flatMap((folder) => {
  try {
    return sources(folder);
  } catch {
    return [];
  }
});
const isTest = (path: string) => /\.(spec|contract|fixture)\.ts$/.test(path);
const raised = codesIn(all.filter((path) => !isTest(path) && !path.startsWith('libs/flow/src/codes/')));
const tested = codesIn(all.filter((path) => isTest(path) && path !== 'libs/flow/src/codes/codes.spec.ts'));
const explained = Object.keys(CODES);

/** Codes of a family (`TM41`) belong to one file; a family without one is not explained yet. */
const families = new Set(explained.map((code) => code.slice(0, 4)));
const inAFamily = (code: string) => families.has(code.slice(0, 4));

describe('the catalogue of codes', () => {
  test('explains every code that is raised', () => {
    expect([...raised].filter(([code]) => inAFamily(code) && explain(code) === undefined)).toEqual([]);
  });

  test('explains no code that is never raised', () => {
    expect(explained.filter((code) => !raised.has(code))).toEqual([]);
  });

  test('holds only codes that some test raises', () => {
    expect(explained.filter((code) => !tested.has(code))).toEqual([]);
  });

  test('knows nothing of other words', () => {
    expect(explain('TM0000')).toBeUndefined();
    expect(explain('toString')).toBeUndefined();
  });
});

const asFile = (example: string): string =>
  example.startsWith('- ') ? `flow:\n  name: example\n  steps:\n${example.replace(/^/gm, '    ')}\n` : `${example}\n`;

const codesOf = async (text: string): Promise<readonly string[]> => {
  const { flow, diagnostics } = await readFlow({ file: 'example.yaml', text }, catalogue);
  const checked = flow ? checkFlow(flow, { variables: new Set() }) : [];
  return [...diagnostics, ...checked].map(({ code }) => code);
};

// These show a part, or need more than one file.
const PARTS = [
  'TM1006',
  'TM1007',
  'TM1008',
  'TM1009',
  'TM2003',
  'TM2010',
  'TM2012',
  'TM2013',
  'TM2014',
  'TM2020',
  'TM2022',
  'TM2023',
];
const complete = Object.entries({ ...tm1Yaml, ...tm1Flow, ...tm2 }).filter(([code]) => !PARTS.includes(code));

describe('the examples', () => {
  test.each(complete)('of %s are wrong and right as they say', async (code, { example }) => {
    expect(await codesOf(asFile(example.wrong))).toContain(code);
    expect(await codesOf(asFile(example.right))).toEqual([]);
  });
});
