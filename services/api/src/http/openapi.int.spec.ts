import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { agentRoutes } from '../agents/agent-routes.ts';
import { configurationRoutes } from '../configuration/configuration-routes.ts';
import { allRoutes } from '../create-api.ts';
import { openApi } from './openapi.ts';
import { pathsOf } from './route.ts';

/** Making the document calls nothing of what the routes need. */
const untouched = new Proxy({}, { get: () => undefined });
const routes = allRoutes({
  ...(untouched as Parameters<typeof allRoutes>[0]),
  routes: [
    ...configurationRoutes(untouched as Parameters<typeof configurationRoutes>[0]),
    ...agentRoutes(untouched as Parameters<typeof agentRoutes>[0]),
  ],
  version: '1',
});
const document = openApi(routes, '1');

test('every route is in the document, under every path and once', () => {
  const written = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  expect(written).toHaveLength(routes.flatMap(pathsOf).length);
  const ids = written.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

// `/workspaces/slug/{slug}` is a path of older clients; the router takes a literal part before a parameter.
const RULES = { extends: ['recommended'], rules: { 'no-ambiguous-paths': 'off' } };

test('the linter of Redocly has nothing to say', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'testmesh-openapi-'));
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
  await writeFile(join(folder, 'redocly.yaml'), JSON.stringify(RULES));
  const linter = join(dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json')), 'bin/cli.js');
  const lint = promisify(execFile)(process.execPath, [linter, 'lint', 'openapi.json', '--format=json'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    maxBuffer: 16 * 1024 * 1024,
  });
  const { stdout } = await lint;
  await rm(folder, { recursive: true });
  const { problems } = JSON.parse(stdout) as {
    problems: readonly { readonly ruleId: string; readonly message: string }[];
  };
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
}, 60_000);
