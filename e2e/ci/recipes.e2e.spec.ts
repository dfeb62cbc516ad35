import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';
import { root } from '../support/cli.ts';
import {
  dataFolder,
  freePort,
  type RunningPlatform,
  startPlatform,
  startTarget,
  type Target,
} from '../support/platform.ts';

// The recipes of examples/ci, as their runners carry them out. `testmesh.io` is a server on loopback with a certificate
// that curl trusts here; the API is a real one.

const run = promisify(execFile);

/** https://testmesh.io on loopback: the files of a folder. */
const startSite = async (folder: string) => {
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=testmesh.io',
    '-addext',
    'subjectAltName=DNS:testmesh.io',
    '-keyout',
    join(folder, 'key.pem'),
    '-out',
    join(folder, 'cert.pem'),
  ]);
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name))));
  const asked: string[] = [];
  const server: Server = createServer({ key, cert }, async (request, response) => {
    asked.push(request.url ?? '');
    const file = await readFile(join(folder, 'site', new URL(request.url ?? '/', 'https://x').pathname)).catch(
      () => undefined,
    );
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await writeFile(
    join(folder, '.curlrc'),
    `connect-to = "testmesh.io:443:127.0.0.1:${port}"\ncacert = "${join(folder, 'cert.pem')}"\n`,
  );
  return { asked, close: () => new Promise((done) => server.close(done)) };
};

const flow = (name: string, url: string, status: number): string => `flow:
  name: ${name}
  steps:
    - id: ask
      action: http_request
      config: { method: GET, url: "${url}/${name}" }
      assert: [status == ${status}]
`;

describe('the recipes', () => {
  let folder: string;
  let site: Awaited<ReturnType<typeof startSite>>;
  let platform: RunningPlatform;
  let data: Awaited<ReturnType<typeof dataFolder>>;
  let target: Target;
  let key: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testmesh-ci-'));
    await run(process.execPath, [join(root, 'tools/pack/main.mjs'), join(folder, 'site')]);
    site = await startSite(folder);
    // Only what a build machine has, and the Node that this suite runs on.
    await mkdir(join(folder, 'bin'));
    await symlink(process.execPath, join(folder, 'bin/node'));
    data = await dataFolder();
    platform = await startPlatform(data.path, await freePort());
    key = /TESTMESH_API_KEY=(\S+)/.exec(platform.said())?.[1] ?? '';
    target = await startTarget();
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
    const body = JSON.stringify({ name: 'staging', routing: { services: { orders: target.url } } });
    expect((await fetch(`${platform.url}/api/v1/environments`, { method: 'POST', headers, body })).status).toBe(201);
  }, 480_000);
  afterAll(async () => {
    await site?.close();
    await platform?.stop();
    await target?.[Symbol.asyncDispose]();
    await data?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** A checkout with the two flows of the guide; the second one fails when told to. */
  const checkout = async (status = 200): Promise<string> => {
    const path = await mkdtemp(join(folder, 'checkout-'));
    await mkdir(join(path, '.git'));
    await mkdir(join(path, 'flows'));
    await writeFile(join(path, 'flows/e2e-order-flow.yaml'), flow('order', '${service.orders}', 200));
    await writeFile(join(path, 'flows/user-service-isolated.yaml'), flow('user', '${service.orders}', status));
    return path;
  };

  const machine = (home: string) => ({
    HOME: home,
    LANG: 'C.UTF-8',
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    CURL_HOME: folder,
    npm_config_cache: join(folder, 'npm'),
  });

  const shell = async (argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>) => {
    const [command = '', ...args] = argv;
    const child = spawn(command, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  };

  describe('GitHub', () => {
    /** Every `run:` of the workflow in its own shell, as the runner does it, until one fails. */
    const job = async (cwd: string) => {
      const workflow = parseDocument(await readFile(join(root, 'examples/ci/github/integration.yaml'), 'utf8')).toJS();
      const secrets: Record<string, string> = { TESTMESH_API_URL: platform.url, TESTMESH_API_KEY: key };
      const env = {
        ...machine(cwd),
        GITHUB_PATH: join(cwd, 'github-path'),
        TESTMESH_PREFIX: join(cwd, 'cli'),
        GITHUB_ACTIONS: 'true',
      };
      await writeFile(env.GITHUB_PATH, '');
      const said: string[] = [];
      for (const { run: text, env: given = {} } of workflow.jobs.integration.steps) {
        if (text === undefined) continue;
        const script = join(cwd, `step-${said.length}.sh`);
        await writeFile(script, text);
        const added = (await readFile(env.GITHUB_PATH, 'utf8')).trim();
        const filled = Object.entries(given as Record<string, string>).map(([name, value]) => [
          name,
          value.replace(/\$\{\{ secrets\.(\w+) \}\}/, (_, secret) => secrets[secret] ?? ''),
        ]);
        const path = added === '' ? env.PATH : `${added}:${env.PATH}`;
        const step = await shell(['bash', '-e', script], cwd, { ...env, PATH: path, ...Object.fromEntries(filled) });
        said.push(step.said);
        if (step.code !== 0) return { code: step.code, said };
      }
      return { code: 0, said };
    };

    test('the workflow of the guide installs the command line and runs both flows on the server', async () => {
      const { code, said } = await job(await checkout());
      expect({ code, said }).toMatchObject({
        code: 0,
        said: [expect.stringMatching(/testmesh 0\.\d+\.\d+ is in /), expect.anything()],
      });
      expect(said[1]).toContain('order');
      expect(target.seen.map(({ line }) => line)).toEqual(expect.arrayContaining(['GET /order', 'GET /user']));
      expect(site.asked).toEqual(expect.arrayContaining(['/install.sh', '/download/latest']));
    }, 240_000);

    test('a flow that fails fails the build', async () => {
      const { code, said } = await job(await checkout(204));
      expect(code).toBe(1);
      expect(said.at(-1)).toContain('status == 204');
    }, 240_000);
  });

  test('GitLab: the script runs line by line, and leaves a JUnit report whatever came out', async () => {
    const { integration } = parseDocument(
      await readFile(join(root, 'examples/ci/gitlab/.gitlab-ci.yml'), 'utf8'),
    ).toJS();
    const cwd = await checkout(204);
    const lines: readonly string[] = [...integration.before_script, ...integration.script];
    const env = { ...machine(cwd), CI_PROJECT_DIR: cwd, TESTMESH_API_URL: platform.url, TESTMESH_API_KEY: key };
    const { code, said } = await shell(['bash', '-eo', 'pipefail', '-c', lines.join('\n')], cwd, env);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('status == 204') });
    expect(await readFile(join(cwd, integration.artifacts.reports.junit), 'utf8')).toMatch(
      /<testsuites?[^>]* tests="2"/,
    );
  }, 240_000);

  test('Jenkins: each sh block is a shell of its own', async () => {
    const text = await readFile(join(root, 'examples/ci/jenkins/Jenkinsfile'), 'utf8');
    const blocks = [...text.matchAll(/sh '''\n([\s\S]*?)'''/g)].map(([, block = '']) => block);
    expect(blocks).toHaveLength(2);
    const cwd = await checkout();
    const env = {
      ...machine(cwd),
      TESTMESH_PREFIX: join(cwd, '.testmesh-cli'),
      TESTMESH_API_URL: platform.url,
      TESTMESH_API_KEY: key,
    };
    for (const block of blocks) {
      const { code, said } = await shell(['sh', '-xe', '-c', block], cwd, env);
      expect({ code, said }).toEqual({ code: 0, said: expect.any(String) });
    }
    expect(await readFile(join(cwd, 'testmesh.xml'), 'utf8')).toContain('tests="2"');
  }, 240_000);

  describe('install.sh', () => {
    const install = async (more: Readonly<Record<string, string>> = {}) => {
      const cwd = await mkdtemp(join(folder, 'home-'));
      const env = { ...machine(cwd), TESTMESH_PREFIX: join(cwd, 'cli'), ...more };
      return { cwd, ...(await shell(['sh', '-c', 'curl -fsSL https://testmesh.io/install.sh | sh'], cwd, env)) };
    };

    test('refuses a package that is not what was published, and installs nothing', async () => {
      const version = await readFile(join(folder, 'site/download/latest'), 'utf8');
      const bad = join(folder, 'site/download/v9.9.9');
      await mkdir(bad, { recursive: true });
      const sums = await readFile(join(folder, `site/download/v${version}/SHA256SUMS`), 'utf8');
      await writeFile(join(bad, 'SHA256SUMS'), sums.replaceAll(version, '9.9.9'));
      const good = await readFile(join(folder, `site/download/v${version}/testmesh-${version}.tgz`));
      await writeFile(join(bad, 'testmesh-9.9.9.tgz'), good);
      await appendFile(join(bad, 'testmesh-9.9.9.tgz'), 'x');
      const { code, said, cwd } = await install({ TESTMESH_VERSION: '9.9.9' });
      expect({ code, said }).toEqual({
        code: 1,
        said: expect.stringMatching(
          /^testmesh could not be installed: testmesh-9\.9\.9\.tgz is not what was published: its SHA-256 is/,
        ),
      });
      await expect(readFile(join(cwd, 'cli/bin/testmesh'))).rejects.toThrow('ENOENT');
    });

    test('says what is wrong with a version that is not there, and with one that is none', async () => {
      expect(await install({ TESTMESH_VERSION: '8.8.8' })).toMatchObject({
        code: 1,
        said: expect.stringContaining('v8.8.8/testmesh-8.8.8.tgz cannot be downloaded'),
      });
      expect(await install({ TESTMESH_VERSION: '../x' })).toMatchObject({
        code: 1,
        said: expect.stringContaining('../x is no version'),
      });
    });

    test('does nothing when the download of itself breaks off', async () => {
      const whole = await readFile(join(root, 'deploy/install.sh'), 'utf8');
      const half = whole.slice(0, Math.floor(whole.length * 0.9)).replace(/[^\n]*$/, '');
      const cwd = await mkdtemp(join(folder, 'home-'));
      const script = join(cwd, basename('half.sh'));
      await writeFile(script, half);
      await shell(['sh', script], dirname(script), { ...machine(cwd), TESTMESH_PREFIX: join(cwd, 'cli') });
      await expect(readFile(join(cwd, 'cli/bin/testmesh'))).rejects.toThrow('ENOENT');
    });
  });
});
