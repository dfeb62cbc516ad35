import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeWith } from '../tools/testing/real.ts';
import { projectFolder, root, testmesh } from './support/cli.ts';

const demo = (
  args: readonly string[],
  given: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['tools/demo/main.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '1', NO_COLOR: '', ...given },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });

describeWith('kafka', 'npm run demo', (brokers) => {
  test('runs the order lifecycle in colour, step by step, and exits 0', async () => {
    const { code, stdout, stderr } = await demo([]);
    expect({ code, said: code === 0 ? '' : `${stderr}\n${stdout}` }).toEqual({ code: 0, said: '' });
    expect(stdout).toContain('\u001b[32m✓\u001b[39m create_user');
    expect(stdout).toContain('✓\u001b[39m verify_inventory_decreased');
    expect(stdout).toContain('passed');
    const file = /^report: http:\S+\/report\?format=html .*\n +(\S+\.html)$/m.exec(stderr)?.[1] ?? '';
    expect(await readFile(join(root, file), 'utf8')).toContain('create_user');
  }, 180_000);

  test('with a fault says which seam broke and exits 1, on a broker that it is given', async () => {
    const given = { TESTMESH_INFRA_KAFKA_BROKERS: brokers };
    const { code, stdout, stderr } = await demo(['--fault', 'dropped-event'], given);
    expect({ code, said: code === 1 ? '' : `${stderr}\n${stdout}` }).toEqual({ code: 1, said: '' });
    expect(stdout).toContain('body.count >= 2');
  }, 180_000);
});

test('a letter wrong in the flow is told with file, line, caret and fix before anything is sent', async () => {
  await using folder = await projectFolder({});
  const flow = join(folder.path, 'order-lifecycle.yaml');
  await mkdir(folder.path, { recursive: true });
  await copyFile(join(root, 'examples/seeds/order-lifecycle.yaml'), flow);
  await writeFile(flow, (await readFile(flow, 'utf8')).replace('method: POST', 'methid: POST'));
  const { code, stderr } = await testmesh(['run', 'order-lifecycle.yaml'], { cwd: folder.path });
  expect(code).toBe(3);
  expect(stderr).toContain('error[TM1203]: unknown key `methid`');
  expect(stderr).toMatch(/order-lifecycle\.yaml:53:9/);
  expect(stderr).toMatch(/\^{6} did you mean `method`\?/);
});
