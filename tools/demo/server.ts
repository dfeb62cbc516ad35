import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isFree } from '../infra/ports.ts';

// The platform of the demo: `testmesh up` on a folder of its own, with the environment `local` of this start.

const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'apps/cli/dist/testmesh.mjs');
const PORT = 5016;

export interface DemoServer {
  readonly url: string;
  /** Puts the report of the newest run into a file that stays when the demo is over. */
  readonly keepReport: () => Promise<{ readonly url: string; readonly file: string } | undefined>;
  readonly stop: () => Promise<void>;
}

/** `testmesh up`, ready when it serves. */
export const startServer = async (): Promise<DemoServer> => {
  // PostgreSQL does not run as root: it has to reach its folder as somebody else.
  const data = await mkdtemp(path.join(tmpdir(), 'testmesh-demo-'));
  await chmod(data, 0o755);
  const port = (await isFree(PORT)) ? PORT : 0;
  const child = spawn(process.execPath, ['--', cli, 'up', '--data', data, '--port', String(port)], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  try {
    const url = await served(child.stderr, ended);
    return { url, stop, keepReport: () => keepReport(url) };
  } catch (error) {
    await stop();
    throw error;
  }
};

const served = (stderr: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> =>
  new Promise((resolve, reject) => {
    let said = '';
    stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /TestMesh serves on (\S+)/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    void ended.then(() => reject(new Error(`testmesh up ended before it served:\n${said}`)));
  });

/** `examples/environments/local.yaml` with this start's addresses in it, for the server has other variables than we. */
export const localEnvironment = async (variables: Readonly<Record<string, string>>): Promise<string> => {
  const text = await readFile(path.join(root, 'examples/environments/local.yaml'), 'utf8');
  return text.replaceAll(
    /\$\{(TESTMESH_DEMO_\w+):([^}]*)\}/g,
    (_, name: string, printed: string) => variables[name] ?? printed,
  );
};

const keepReport = async (url: string): ReturnType<DemoServer['keepReport']> => {
  const listed = await fetch(`${url}/api/v1/executions?limit=1`);
  const { executions } = (await listed.json()) as { readonly executions: readonly { readonly id: string }[] };
  const [run] = executions;
  if (run === undefined) return undefined;
  const report = `${url}/api/v1/executions/${run.id}/report?format=html`;
  const page = await fetch(report);
  if (!page.ok) throw new Error(`${report} answered ${page.status}`);
  const file = path.join(root, '.testmesh', 'demo', `${run.id}.html`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await page.text());
  return { url: report, file };
};
