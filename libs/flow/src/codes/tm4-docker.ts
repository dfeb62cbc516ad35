/** Codes of docker_run and docker_stop. */
export const tm4Docker = {
  TM4501: {
    title: 'Docker does not answer',
    explanation:
      'No Docker daemon answered at the address in DOCKER_HOST, or at the default socket when it is not set. Nothing was started; a flow in which nothing was asserted for this reason ends with exit code 6.',
    example: {
      wrong: 'DOCKER_HOST=unix:///tmp/nowhere.sock testmesh run flows/isolated.yaml',
      right: 'testmesh run flows/isolated.yaml   # with Docker running',
    },
  },
  TM4502: {
    title: 'the image cannot be had',
    explanation:
      'The image is not on this machine and could not be pulled. The message tells a registry that cannot be reached from a registry that does not have the image, and both from a pull that took longer than `pull_timeout`.',
    example: {
      wrong: `config:
  image: postgres:16-alpin`,
      right: `config:
  image: postgres:16-alpine`,
    },
  },
  TM4503: {
    title: 'the container could not be created or started',
    explanation:
      'Docker refused to create or to start the container, or `ports` cannot be read. The message is what Docker said. Nothing of it stays.',
    example: {
      wrong: `config:
  image: redis:7-alpine
  command: no-such-program`,
      right: `config:
  image: redis:7-alpine
  command: redis-server --save ""`,
    },
  },
  TM4504: {
    title: 'the container ended before it was ready',
    explanation:
      'The process in the container ended while TestMesh waited for it. The message has its exit code and its last log lines, which usually say what is missing.',
    example: {
      wrong: `config:
  image: postgres:16-alpine`,
      right: `config:
  image: postgres:16-alpine
  env: { POSTGRES_PASSWORD: test }`,
    },
  },
  TM4505: {
    title: 'the container was not ready in time',
    explanation:
      'The container runs, but what was waited for (a PostgreSQL handshake, a Redis PING, an HTTP status, a log line, a port) did not come within `timeout`. The message says what was seen instead, and shows the last log lines.',
    example: {
      wrong: `config:
  image: example/slow-service:1
  wait_for_http: { port: 8080, path: /health }`,
      right: `config:
  image: example/slow-service:1
  wait_for_http: { port: 8080, path: /health }
  timeout: 2m`,
    },
  },
  TM4506: {
    title: 'the name of the container is taken',
    explanation:
      'A container of that name exists, started by this run or by anybody else. Names are unique per daemon.',
    example: {
      wrong: `config:
  image: redis:7-alpine
  name: cache`,
      right: `config:
  image: redis:7-alpine
  name: cache-\${RANDOM_ID}`,
    },
  },
  TM4507: {
    title: 'the host port is taken',
    explanation: 'Something on this machine listens on the host port that the container was to be published on.',
    example: {
      wrong: `config:
  image: redis:7-alpine
  ports: { "6379": "6379" }`,
      right: `config:
  image: redis:7-alpine
  ports: { "6379": "0" }`,
    },
  },
  TM4508: {
    title: 'there is no such container',
    explanation: 'docker_stop names a container that does not exist: it was stopped before, or never started.',
    example: {
      wrong: `- id: stop
  action: docker_stop
  config:
    container_id: db`,
      right: `- id: stop
  action: docker_stop
  config:
    container_id: \${db.container_id}`,
    },
  },
  TM4509: {
    title: 'the container was not started by this run',
    explanation:
      'docker_stop removes only what the same run started, because a name in a flow can always be the wrong one. With `remove: false` any container can be stopped, for a test of what happens without it.',
    example: {
      wrong: `config:
  container_id: shared-postgres`,
      right: `config:
  container_id: shared-postgres
  remove: false`,
    },
  },
  TM4510: {
    title: 'Docker refused a request',
    explanation:
      'The daemon answered a request with an error that has no code of its own; the message is what it said.',
    example: {
      wrong: `config:
  image: redis:7-alpine
  network: "not a name"`,
      right: `config:
  image: redis:7-alpine
  network: testmesh`,
    },
  },
} as const;
