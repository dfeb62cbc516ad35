import { type ActionSchema, durationMs } from '@testmesh/contracts';
import * as z from 'zod';
import type { ActionCatalogue } from './catalogue.ts';

// Small stand-ins for the real actions, which this library may not know.

const anything = { type: 'any', description: '' } as const;
const results = (...keys: string[]): ActionSchema['result'] => Object.fromEntries(keys.map((key) => [key, anything]));

const schema = (type: string, config: z.ZodType, more: Partial<ActionSchema> = {}): ActionSchema => ({
  type,
  aliases: [],
  summary: type,
  config,
  keyAliases: {},
  environmentKeys: [],
  result: {},
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: '',
  ...more,
});

const connection = z.union([z.string(), z.strictObject({ host: z.string(), port: z.int().positive().optional() })]);

export const fixtures: readonly ActionSchema[] = [
  schema(
    'http_request',
    z.strictObject({
      method: z.enum(['GET', 'POST', 'PUT', 'DELETE']).default('GET'),
      url: z.string().regex(/^https?:/, 'a URL begins with http:// or https://'),
      headers: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
      body: z.unknown().optional(),
      timeout: durationMs.optional(),
      verify_ssl: z.boolean().optional(),
    }),
    {
      aliases: ['http'],
      result: results('status', 'body', 'headers', 'duration_ms'),
      resultAliases: { time: 'duration_ms' },
      checksByItself: true,
    },
  ),
  schema(
    'database_query',
    z.strictObject({
      connection,
      query: z.string(),
      params: z.array(z.unknown()).optional(),
      poll: z.strictObject({ timeout: durationMs, interval: durationMs.optional() }).optional(),
    }),
    {
      keyAliases: { connection_string: 'connection', dsn: 'connection' },
      environmentKeys: ['connection'],
      result: results('rows', 'row_count', 'first_row'),
      resultAliases: { count: 'row_count' },
    },
  ),
  schema(
    'kafka_consumer',
    z.strictObject({
      brokers: z.union([z.string(), z.array(z.string())]),
      topic: z.string(),
      group_id: z.string().optional(),
      timeout: durationMs.optional(),
      count: z.int().min(1).optional(),
      from_beginning: z.boolean().optional(),
    }),
    {
      aliases: ['kafka_consume'],
      keyAliases: { max_messages: 'count' },
      normalise: ({ auto_offset_reset: reset, ...config }) =>
        reset === 'earliest'
          ? { ...config, from_beginning: true }
          : { ...config, ...(reset !== undefined && { auto_offset_reset: reset }) },
      environmentKeys: ['brokers'],
      result: results('messages', 'count'),
      checksByItself: true,
    },
  ),
  schema(
    'docker_run',
    z.strictObject({
      image: z.string(),
      name: z.string().optional(),
      network: z.string().optional(),
      env: z.record(z.string(), z.string()).optional(),
      ports: z.record(z.string(), z.string()).optional(),
      wait_for_port: z.string().optional(),
      timeout: durationMs.optional(),
    }),
    { result: results('container_id', 'host', 'ports', 'dsn') },
  ),
  schema('docker_stop', z.strictObject({ container_id: z.string() }), { result: results('removed') }),
  schema('delay', z.strictObject({ duration: durationMs }), { result: results('duration_ms') }),
  schema('log', z.strictObject({ message: z.string() }), { result: results('message', 'logged') }),
  schema(
    'assert',
    z.strictObject({
      data: z.unknown().optional(),
      assertions: z.array(z.unknown()).optional(),
      expression: z.string().optional(),
    }),
    { result: results('data', '*'), unrendered: ['assertions', 'expression'] },
  ),
  schema('transform', z.strictObject({ input: z.unknown(), transforms: z.record(z.string(), z.unknown()) }), {
    result: results('*'),
  }),
];

const byName = new Map(fixtures.flatMap((each) => [each.type, ...each.aliases].map((name) => [name, each] as const)));

export const catalogue: ActionCatalogue = {
  names: [...byName.keys()],
  load: async (name) => byName.get(name),
};
