import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { demoVariables } from '../../tools/demo/demo-variables.ts';
import { type Demo, type DemoOptions, startServices } from '../../tools/demo/services.ts';
import { type CliResult, testmesh } from './cli.ts';

export interface RunningDemo {
  readonly demo: Demo;
  /** Runs a flow against it through `examples/environments`. */
  readonly run: (
    flow: string | readonly string[],
    environment?: string,
    args?: readonly string[],
  ) => Promise<CliResult>;
  readonly variables: Readonly<Record<string, string>>;
}

/** A database of one suite's own: suites run side by side, and services on one database are one system. */
const ownDatabase = async (postgresUrl: string): Promise<string> => {
  const name = `demo_${randomBytes(5).toString('hex')}`;
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** The demo services on free ports, on the infrastructure of the tests. */
export const startDemo = async (
  postgresUrl: string,
  brokers: string,
  redisUrl: string,
  options: Partial<DemoOptions> = {},
): Promise<RunningDemo> => {
  const database = await ownDatabase(postgresUrl);
  const demo = await startServices({ postgresUrl: database, brokers, redisUrl, ports: 'free', ...options });
  const infra = { postgres: { url: database }, kafka: { brokers }, redis: { url: redisUrl } };
  const { variables } = demoVariables(infra, demo.urls);
  return {
    demo,
    variables,
    run: (flow, environment = 'local', args = []) =>
      testmesh(['run', ...[flow].flat(), '--env', environment, ...args], { env: { ...variables, ...dockerOf() } }),
  };
};

const dockerOf = (): Record<string, string> => {
  const host = process.env['TESTMESH_TEST_DOCKER_HOST'];
  return host === undefined ? {} : { DOCKER_HOST: host };
};
