import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');
export const cli = join(root, 'apps/cli/dist/testmesh.mjs');

/** A folder of its own below the system's temporary folder, removed when disposed of. */
export const scratch = (): { readonly path: string } & Disposable => {
  const path = mkdtempSync(join(tmpdir(), 'testmesh-bench-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
};

export interface Service extends Disposable {
  readonly url: string;
}

export const startService = (delayMs = 0): Promise<Service> =>
  new Promise((done, fail) => {
    const child: ChildProcess = fork(join(import.meta.dirname, 'service.ts'), [String(delayMs)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', fail);
    child.once('message', (port) => done({ url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => child.kill() }));
  });

/** A flow of HTTP steps with two assertions each. */
export const httpFlow = (url: string, steps: number, name = 'bench'): string =>
  [
    'flow:',
    `  name: ${name}`,
    '  steps:',
    ...Array.from({ length: steps }, (_, index) => [
      `    - id: step_${index}`,
      '      action: http_request',
      `      config: { method: GET, url: "${url}/users/${index}" }`,
      '      assert:',
      '        - status == 200',
      '        - body.total == 59.98',
    ]).flat(),
    '',
  ].join('\n');

/** As many executed steps in a text of a few lines: written out, 10,000 steps are over the limit of a flow's file. */
export const loopFlow = (url: string, steps: number): string =>
  [
    'flow:',
    '  name: bench',
    '  steps:',
    '    - id: each',
    '      action: for_each',
    '      config:',
    `        range: { end: ${steps} }`,
    '        steps:',
    '          - id: step',
    '            action: http_request',
    `            config: { method: GET, url: "${url}/users/\${item}" }`,
    '            assert:',
    '              - status == 200',
    '              - body.total == 59.98',
    `      assert: count == ${steps}`,
    '',
  ].join('\n');

/** The same as a Hurl file. */
export const hurlFile = (url: string, steps: number): string =>
  Array.from(
    { length: steps },
    (_, index) => `GET ${url}/users/${index}\nHTTP 200\n[Asserts]\njsonpath "$.total" == 59.98\n`,
  ).join('\n');

export const writeFiles = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};
