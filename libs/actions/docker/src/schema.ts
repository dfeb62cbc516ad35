// The driver-free face of the Docker actions: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import { dockerRunConfig, dockerStopConfig } from './config.ts';
import { containerFaults } from './faults.ts';

export const dockerRunSchema = {
  type: 'docker_run',
  aliases: [],
  summary: 'Start a container, wait until it is ready, and remove it when the run ends.',
  config: dockerRunConfig,
  keyAliases: { environment: 'env', cmd: 'command', wait_timeout: 'timeout', cpu: 'cpus', pull_policy: 'pull' },
  faults: containerFaults,
  environmentKeys: [],
  result: {
    container_id: { type: 'string', description: 'The id of the container.' },
    container_name: { type: 'string', description: 'Its name.' },
    host: { type: 'string', description: 'Where this runner reaches it: its name, or `127.0.0.1`.' },
    ports: { type: 'object', description: 'Container port → the port to use at `host`.' },
    networked: {
      type: 'boolean',
      description: 'Whether this runner reaches it by name, through the network both are in.',
    },
    dsn: {
      type: 'string',
      description: 'A connection string this runner can use, for PostgreSQL, MySQL, MariaDB, Redis and MongoDB images.',
    },
    dsn_internal: { type: 'string', description: 'The same for containers of its network, by its name.' },
    duration_ms: { type: 'number', description: 'From the start of the container until it was ready.' },
  },
  resultAliases: { id: 'container_id', name: 'container_name' },
  effect: () => 'once',
  checksByItself: false,
  needs: 'docker',
  example: `flow:
  name: A fresh database
  setup:
    - id: db
      action: docker_run
      config:
        image: postgres:16-alpine
        env: { POSTGRES_USER: test, POSTGRES_PASSWORD: test, POSTGRES_DB: test }
        ports: { "5432": "0" }
      output:
        db_dsn: $.dsn
  steps:
    - id: answers
      action: database_query
      config:
        connection: \${db_dsn}
        query: SELECT 1 AS one
      assert:
        - rows[0].one == 1
`,
} as const satisfies ActionSchema;

export const dockerStopSchema = {
  type: 'docker_stop',
  aliases: [],
  summary: 'Stop a container before the run ends.',
  config: dockerStopConfig,
  keyAliases: { name: 'container_id', container: 'container_id' },
  environmentKeys: [],
  result: {
    container_id: { type: 'string', description: 'The id of the container.' },
    removed: { type: 'boolean', description: 'Whether it was removed, not only stopped.' },
  },
  resultAliases: {},
  effect: () => 'once',
  checksByItself: false,
  needs: 'docker',
  example: `flow:
  name: What happens without the cache
  setup:
    - id: cache
      action: docker_run
      config:
        image: redis:7-alpine
        ports: { "6379": "0" }
  steps:
    - id: cache_goes
      action: docker_stop
      config:
        container_id: \${cache.container_id}
      assert:
        - removed
`,
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [dockerRunSchema, dockerStopSchema];
