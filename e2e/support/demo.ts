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

/** The demo services on free ports, on the infrastructure of the tests. */
export const startDemo = async (
  postgresUrl: string,
  brokers: string,
  redisUrl: string,
  options: Partial<DemoOptions> = {},
): Promise<RunningDemo> => {
  const demo = await startServices({ postgresUrl, brokers, redisUrl, ports: 'free', ...options });
  const infra = { postgres: { url: postgresUrl }, kafka: { brokers }, redis: { url: redisUrl } };
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
