// npm run demo: the demo services on real infrastructure, a TestMesh server beside them, and the order-lifecycle flow of
// the guide through all of them, asked for over the server's API.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startInfra } from '../infra/infra.ts';
import { isFree } from '../infra/ports.ts';
import { breakages } from './breakages.ts';
import { demoVariables } from './demo-variables.ts';
import { localEnvironment, startServer } from './server.ts';
import { startServices } from './services.ts';

const usage = `npm run demo -- [--keep] [--fault NAME] [FLOW ...]
  --keep   leave everything up until Ctrl-C, to run flows of your own against it
  --fault  break a seam on purpose: ${Object.keys(breakages).join(', ')}
  FLOW     other flows to run (examples/seeds/order-lifecycle.yaml)`;

const root = path.resolve(import.meta.dirname, '../..');
const cli = path.join(root, 'apps/cli/dist/testmesh.mjs');
const PRINTED = { postgres: 5432, kafka: 9092, redis: 6379 };
const PRINTED_SERVICES = [5001, 5002, 5003, 5004, 5005, 5006];
const ORDER_LIFECYCLE = 'examples/seeds/order-lifecycle.yaml';
/** Docker or a broker could not be had: the flow was not run. */
const NOT_RUN = 6;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });

/** Where a wished port is taken, a free one is used instead. */
const printedPorts = async (): Promise<Partial<typeof PRINTED>> => {
  const entries = await Promise.all(
    Object.entries(PRINTED).map(async ([piece, port]) => ((await isFree(port)) ? [[piece, port]] : [])),
  );
  return Object.fromEntries(entries.flat());
};

const stopAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

const demo = async (flows: readonly string[], fault: string | undefined, keep: boolean): Promise<number> => {
  const stopped = stopAsked();
  const infra = await startInfra({
    need: ['postgres', 'kafka', 'redis'],
    ports: await printedPorts(),
    onProgress: ({ piece, message }) => say(`${piece}: ${message}`),
  });
  try {
    for (const { name, reason, howToGet } of infra.unavailable) say(`${name}: not available: ${reason}\n  ${howToGet}`);
    if (infra.postgres === undefined) return NOT_RUN;
    if (infra.kafka === undefined) {
      say('not run: the flow needs a Kafka broker');
      return NOT_RUN;
    }
    const services = await startServices({
      postgresUrl: infra.postgres.url,
      brokers: infra.kafka.brokers,
      ...(infra.redis !== undefined && { redisUrl: infra.redis.url }),
      ports: (await Promise.all(PRINTED_SERVICES.map(isFree))).every(Boolean) ? 'printed' : 'free',
      ...(fault !== undefined && { faults: breakages[fault] ?? {} }),
    });
    try {
      const { variables, isPrinted } = demoVariables(infra, services.urls);
      const environment = isPrinted && flows.every((flow) => flow === ORDER_LIFECYCLE) ? [] : ['--env', 'local'];
      say(
        `services: ${Object.entries(services.urls)
          .map(([name, url]) => `${name} ${url}`)
          .join(' · ')}\n`,
      );
      return await throughServer({ flows, variables, environment, keep, stopped });
    } finally {
      await services.stop();
    }
  } finally {
    await infra.stop();
  }
};

interface ServerRun {
  readonly flows: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: readonly string[];
  readonly keep: boolean;
  readonly stopped: Promise<void>;
}

/** Runs the flows on a server of the demo's own and keeps the report of the last one. */
const throughServer = async ({ flows, variables, environment, keep, stopped }: ServerRun): Promise<number> => {
  const server = await startServer();
  const folder = await mkdtemp(path.join(tmpdir(), 'testmesh-demo-environment-'));
  try {
    const local = path.join(folder, 'local.yaml');
    await writeFile(local, await localEnvironment(variables));
    const onServer = ['--api', server.url];
    const pushed = await run(process.execPath, ['--', cli, 'env', 'push', local, ...onServer]);
    if (pushed !== 0) return pushed;
    const code = await run(process.execPath, ['--', cli, 'run', ...flows, ...environment, ...onServer]);
    const report = await server.keepReport();
    if (report !== undefined) {
      say(`\nreport: ${report.url}${keep ? '' : ' (served while the demo is up: --keep)'}`);
      say(`        ${path.relative(process.cwd(), report.file)}`);
    }
    if (keep) {
      say('\nEverything stays up until Ctrl-C. In another terminal:\n');
      say(`  ${path.relative(process.cwd(), cli)} run ${flows.join(' ')} --env local --api ${server.url}`);
      await stopped;
    }
    return code;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
};

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      fault: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.fault !== undefined && !Object.hasOwn(breakages, values.fault)) {
    say(`there is no fault ${values.fault}\n${usage}`);
    return 2;
  }
  const built = await run(process.execPath, ['apps/cli/build.mjs']);
  if (built !== 0) return built;
  return demo(positionals.length > 0 ? positionals : [ORDER_LIFECYCLE], values.fault, values.keep);
};

process.exitCode = await main();
