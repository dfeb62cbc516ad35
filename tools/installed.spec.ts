import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isInstalledAs } from './installed.mjs';

let modules = '';

beforeEach(() => {
  modules = mkdtempSync(path.join(os.tmpdir(), 'testmesh-modules-'));
});

afterEach(() => rmSync(modules, { recursive: true }));

const lock = JSON.stringify({
  packages: {
    '': { name: 'testmesh' },
    'node_modules/pg': { version: '8.0.0' },
    'node_modules/@fast/darwin-x64': { version: '1.0.0', optional: true },
  },
});

const record = (packages: object) =>
  writeFileSync(path.join(modules, '.package-lock.json'), JSON.stringify({ packages }));

test('nothing is installed where npm left no record', () => {
  expect(isInstalledAs(lock, modules)).toBe(false);
});

test('what npm recorded is compared version by version; binaries of other platforms need not be there', () => {
  record({ 'node_modules/pg': { version: '8.0.0' } });
  expect(isInstalledAs(lock, modules)).toBe(true);
  record({ 'node_modules/pg': { version: '8.0.1' } });
  expect(isInstalledAs(lock, modules)).toBe(false);
  record({});
  expect(isInstalledAs(lock, modules)).toBe(false);
});
