import * as z from 'zod';
import { faultsSchema } from './faults.ts';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);
const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    context.addIssue({ code: 'custom', message: `is not JSON: ${(cause as Error).message}` });
    return z.NEVER;
  }
});

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.optional(),
  GRPC_PORT: port.default(5005),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DB_HOST: z.string().default('localhost'),
  DB_PORT: port.default(5432),
  DB_USER: z.string().default('root'),
  DB_PASSWORD: z.string(),
  DB_NAME: z.string().default('postgres'),
  DB_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/, 'must be a plain lower-case name')
    .optional(),
  DB_SSLMODE: z.enum(['disable', 'require']).default('disable'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  REDIS_HOST: z.string().optional(),
  REDIS_PORT: port.default(6379),
  KAFKA_BROKERS: list.optional(),
  KAFKA_GROUP_ID: z.string().optional(),
  USER_SERVICE_URL: z.url().default('http://localhost:5001'),
  PRODUCT_SERVICE_URL: z.url().default('http://localhost:5002'),
  ALLOW_TEST_DB: flag,
  TEST_DB_HOSTS: list.default(['localhost', '127.0.0.1', '::1']),
  DEMO_FAULTS: flag,
  FAULT: json.pipe(faultsSchema).default({}),
});

/** What the environment says where it is silent about the service's own identity. */
export interface ServiceDefaults {
  readonly name: string;
  readonly port: number;
  readonly schema: string;
}

export type Config = ReturnType<typeof readConfig>;

/** Reads the whole environment once, and names every bad variable at once. */
export const readConfig = (variables: Readonly<Record<string, string | undefined>>, defaults: ServiceDefaults) => {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) throw new Error(`the environment is not usable\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  return {
    name: defaults.name,
    host: env.HOST,
    port: env.PORT ?? defaults.port,
    grpcPort: env.GRPC_PORT,
    logLevel: env.LOG_LEVEL,
    database: {
      host: env.DB_HOST,
      port: env.DB_PORT,
      user: env.DB_USER,
      password: env.DB_PASSWORD,
      database: env.DB_NAME,
      schema: env.DB_SCHEMA ?? defaults.schema,
      ssl: env.DB_SSLMODE === 'require',
    },
    redisUrl:
      env.REDIS_URL ?? (env.REDIS_HOST === undefined ? undefined : `redis://${env.REDIS_HOST}:${env.REDIS_PORT}`),
    kafka: { brokers: env.KAFKA_BROKERS ?? [], groupId: env.KAFKA_GROUP_ID ?? defaults.name },
    userServiceUrl: env.USER_SERVICE_URL,
    productServiceUrl: env.PRODUCT_SERVICE_URL,
    testDatabase: { allowed: env.ALLOW_TEST_DB, hosts: env.TEST_DB_HOSTS },
    faults: { switchable: env.DEMO_FAULTS, initial: env.FAULT },
  };
};
