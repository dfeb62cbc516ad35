import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '..');

/** A checkout in small: what is right in it, and one file for each thing that is forbidden. */
const files: Readonly<Record<string, string>> = {
  'libs/domain/src/index.ts': 'export const one = 1;',
  'libs/flow/src/index.ts':
    "import { one } from '@testmesh/domain';\nimport { parse } from 'yaml';\nexport const two = [one, parse];",
  'libs/testing/src/index.ts': "import '@testmesh/domain';",
  'libs/domain/src/takes-a-package.ts': "import 'zod';",
  'libs/domain/src/takes-a-type.ts': "import type { Pool } from 'pg';\nexport type P = Pool;",
  'libs/domain/src/takes-node.ts': "import 'node:fs';",
  'libs/domain/src/looks-up.ts': "import '@testmesh/flow';",
  'libs/flow/src/goes-behind.ts': "import '../../domain/src/index.ts';",
  'libs/flow/src/uses-testing.ts': "import '@testmesh/testing';",
  'libs/flow/src/is.spec.ts': "import '@testmesh/testing';",
  'libs/flow/src/leads-nowhere.ts': "import './nowhere.ts';",
  'libs/flow/src/ring-a.ts': "import { b } from './ring-b.ts';\nexport const a = () => b;",
  'libs/flow/src/ring-b.ts': "import { a } from './ring-a.ts';\nexport const b = () => a;",
  'libs/actions/sql/src/schema.ts': "import './connection.ts';",
  'libs/actions/sql/src/connection.ts': "import 'pg';",
  'libs/actions/http/src/index.ts': "import '@testmesh/actions-sql';",
  'libs/actions/sql/src/index.ts': 'export const three = 3;',
};

const libraries = {
  domain: 'domain',
  flow: 'flow',
  testing: 'testing',
  'actions-sql': 'actions/sql',
  'actions-http': 'actions/http',
};

let checkout = '';

const linkModules = async () => {
  const modules = path.join(checkout, 'node_modules');
  await mkdir(path.join(modules, '@testmesh'), { recursive: true });
  for (const name of await readdir(path.join(root, 'node_modules')))
    if (name !== '@testmesh') await symlink(path.join(root, 'node_modules', name), path.join(modules, name));
  for (const [name, folder] of Object.entries(libraries)) {
    const library = path.join(checkout, 'libs', folder);
    const manifest = { name: `@testmesh/${name}`, type: 'module', exports: { '.': './src/index.ts' } };
    await writeFile(path.join(library, 'package.json'), JSON.stringify(manifest));
    await symlink(library, path.join(modules, '@testmesh', name));
  }
};

type Violation = { from: string; rule: { name: string } };

const violations = (): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const program = path.join(root, 'node_modules/.bin/depcruise');
    const args = [program, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'libs'];
    execFile(process.execPath, args, { cwd: checkout, maxBuffer: 1e8 }, (_violated, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr));
      const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
      resolve(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort());
    });
  });

beforeAll(async () => {
  checkout = await mkdtemp(path.join(os.tmpdir(), 'testmesh-layers-'));
  for (const name of [
    '.dependency-cruiser.mjs',
    'tsconfig.json',
    'tsconfig.base.json',
    'package.json',
    'tools/layers.mjs',
  ])
    await cp(path.join(root, name), path.join(checkout, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(checkout, path.dirname(name)), { recursive: true });
    await writeFile(path.join(checkout, name), text);
  }
  await linkModules();
});

afterAll(() => rm(checkout, { recursive: true, force: true }));

test('every forbidden import is found, and nothing that is allowed', async () => {
  expect(await violations()).toEqual([
    'layer-actions/http: libs/actions/http/src/index.ts',
    'layer-domain: libs/domain/src/looks-up.ts',
    'layer-flow: libs/flow/src/uses-testing.ts',
    'no-cycles: libs/flow/src/ring-a.ts',
    'node-domain: libs/domain/src/takes-node.ts',
    'packages-domain: libs/domain/src/takes-a-package.ts',
    'packages-domain: libs/domain/src/takes-a-type.ts',
    'resolvable: libs/flow/src/leads-nowhere.ts',
    'schema-is-driver-free: libs/actions/sql/src/schema.ts',
    'spec-only: libs/flow/src/uses-testing.ts',
    'through-the-front-door: libs/flow/src/goes-behind.ts',
  ]);
}, 60_000);
