// Makes `npm test`, `npm run demo` and the rest work directly after `git clone`: checks the machine, installs what
// package-lock.json names when it is not installed yet, and goes on with the Node 24 that came with it.
// It runs on Node 20 before anything is installed: plain JavaScript, no dependency.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import './follow-parent.mjs';
import { isInstalledAs, lockHash } from './installed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)); // import.meta.dirname is younger than Node 20.0
const bin = path.join(root, 'node_modules', '.bin');
const stamp = path.join(root, 'node_modules', '.testmesh-lock');

const entries = {
  test: ['tools/verify/main.ts'],
  check: ['tools/verify/main.ts', '--quick'],
  suite: ['tools/verify/one-suite.ts'],
  demo: ['tools/demo/main.ts'],
  infra: ['tools/infra/main.ts'],
  bench: ['bench/main.ts'],
  record: ['tools/demo/record.ts'],
  openapi: ['tools/openapi/main.ts'],
  'chart-docs': ['tools/helm/main.ts'],
  sim: ['tools/sim/main.ts'],
  soak: ['tools/soak/main.ts'],
  chaos: ['tools/chaos/main.ts'],
  'mutate-guards': ['tools/mutate-guards/main.ts'],
  cluster: ['tools/cluster/main.ts'],
};

const say = (line) => process.stderr.write(`${line}\n`);

const fail = (line) => {
  say(line);
  process.exit(2);
};

const checkMachine = () => {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node 20 or newer is needed, this is ${process.version}: https://nodejs.org/en/download`);
  const npm = spawnSync('npm', ['--version'], { encoding: 'utf8' });
  if (npm.status !== 0) fail('npm is not on the PATH; it comes with Node: https://nodejs.org/en/download');
};

/** What a first run should know before it waits: without these the flows that need Kafka cannot run. */
const checkKafkaTools = () => {
  if (process.env.TESTMESH_INFRA_KAFKA_BROKERS) return;
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number.parseInt(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? '0', 10);
  const found = version === 0 ? 'is not on the PATH' : `is ${version}`;
  if (version < 17)
    say(`note: Kafka needs Java 17 or newer, and java ${found} (Debian: apt-get install openjdk-17-jre-headless)`);
  if (spawnSync('mvn', ['--version']).status !== 0)
    say('note: Kafka comes through Maven, and mvn is not on the PATH (Debian: apt-get install maven)');
};

const install = () => {
  const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash(lock)) return;
  if (!isInstalledAs(lock, path.join(root, 'node_modules'))) {
    checkKafkaTools();
    say('installing the packages of package-lock.json (half a minute, once)');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    if (status !== 0) fail('npm ci failed: its words are above');
  }
  writeFileSync(stamp, lockHash(lock));
};

const node24 = () => {
  const node = path.join(bin, 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  if (Number.parseInt(version.slice(1), 10) >= 24) return node;
  const found = version === '' ? 'is not there' : `is ${version}`;
  return fail(
    `node_modules/.bin/node must be Node 24 or newer, and ${found}: npm did not run the install script of the package ` +
      '"node". Allow scripts (npm config get ignore-scripts), remove node_modules and try again.',
  );
};

const [command = '', ...args] = process.argv.slice(2);
const entry = entries[command];
if (entry === undefined) fail(`tools/setup.mjs: there is no "${command}"; there is ${Object.keys(entries).join(', ')}`);
checkMachine();
install();
const follow = path.join(root, 'tools', 'follow-parent.mjs');
const child = spawn(node24(), [`--import=${follow}`, ...entry, ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
});
// A terminal's Ctrl-C reaches the child by itself; it decides when to end. The other signals come to us alone.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
