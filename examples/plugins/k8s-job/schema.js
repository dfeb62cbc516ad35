// @ts-check
import { actionSchema } from '@testmesh/action-kit';
import * as z from 'zod';

// What flows may say to the two actions. Nothing here talks to a cluster: `testmesh validate` loads this alone.

const name = z.string().regex(/^(?!-)[a-z0-9-]{1,63}(?<!-)$/, 'has small letters, digits and dashes');
const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/, 'is a duration such as 30s or 5m');

const cluster = {
  namespace: name.optional().describe('where the Job runs; default: that of the kubeconfig'),
  kubeconfig: z
    .string()
    .optional()
    .describe('a kubeconfig file; default: $KUBECONFIG, ~/.kube/config, else the pod’s own account'),
  context: z.string().optional().describe('a context of the kubeconfig'),
};

export const startSchema = actionSchema({
  type: 'k8s_job',
  summary: 'Start a Kubernetes Job, wait for what it provisions and return its address.',
  config: z.strictObject({
    image: z.string().min(1).describe('the image to run'),
    command: z.array(z.string()).optional().describe('instead of the image’s own entry point'),
    args: z.array(z.string()).optional().describe('arguments of the command'),
    env: z.record(z.string(), z.coerce.string()).default({}).describe('environment variables of the container'),
    port: z.int().min(1).max(65_535).optional().describe('a port that the Job serves; a Service is made for it'),
    wait: z
      .enum(['ready', 'complete'])
      .optional()
      .describe('until the pod is ready (default with a port), or until the Job is complete'),
    timeout: duration.default('5m').describe('how long to wait'),
    lifetime: duration
      .default('1h')
      .describe('the cluster ends the Job by itself after this, whatever becomes of the run'),
    annotations: z.record(z.string(), z.string()).default({}).describe('annotations of the pod'),
    service_account: name.optional().describe('the account the pod runs under'),
    ...cluster,
  }),
  result: {
    job: { type: 'string', description: 'the Job’s name' },
    namespace: { type: 'string', description: 'where it runs' },
    pod: { type: 'string', description: 'the pod’s name' },
    host: { type: 'string', description: 'where the port is served: the Service’s name in the cluster' },
    port: { type: 'number', description: 'the port' },
    address: { type: 'string', description: '`host:port`; of a Job that completed without a port, what it wrote' },
    result: { type: 'any', description: 'what the container wrote to /dev/termination-log, parsed where it is JSON' },
  },
  keyAliases: { environment: 'env' },
  checksByItself: true,
  example: `flow:
  name: a database without Docker
  setup:
    - id: db
      action: k8s_job
      config:
        image: postgres:17
        env: { POSTGRES_PASSWORD: test }
        port: 5432
      output:
        db_dsn: postgres://postgres:test@\${db.address}/postgres
  steps:
    - id: count
      action: database_query
      config: { connection: "\${db_dsn}", query: SELECT 1 AS one }
      assert: [rows[0].one == 1]
`,
});

export const deleteSchema = actionSchema({
  type: 'k8s_job_delete',
  summary: 'Delete a Job that k8s_job started, with its pods and its Service, before the run ends.',
  config: z.strictObject({
    job: name.describe('the Job’s name: `${db.job}`'),
    ...cluster,
  }),
  result: { deleted: { type: 'boolean', description: 'false when it was gone already' } },
});
