// node tools/demo/record.ts: runs the demo in colour and draws what a person sees as docs/demo.svg.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { terminalSvg } from './terminal-svg.ts';

const root = path.resolve(import.meta.dirname, '../..');

const record = (): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['tools/demo/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: '' },
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`the demo ended with ${code}`))));
  });

writeFileSync(
  path.join(root, 'docs/demo.svg'),
  terminalSvg('What npm run demo prints', `$ npm run demo\n\n${await record()}`),
);
