// What the configs of the Redis actions share. No driver is imported here.
import { timeoutMs } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import * as z from 'zod';

// `z.unknown()` hands values through untouched, so an exact number keeps its digits.
export const anyValue = z
  .unknown()
  .refine((value) => value !== undefined, 'a value belongs here')
  .transform((value) => value as Value);

const wholeNumber = (what: string) =>
  z
    .union([z.int().min(0), z.string().regex(/^\d+$/).transform(Number)], { error: `${what} is a whole number` })
    .meta({ type: ['integer', 'string'] });

const ADDRESS = /^(?:rediss?:\/\/.+|unix:\/\/\/.+)$/;

const tls = z.union([
  z
    .boolean()
    .transform((enabled) => ({ enabled, insecure_skip_verify: false, ca_file: undefined, server_name: undefined })),
  z.strictObject({
    enabled: z.boolean().default(true),
    insecure_skip_verify: z.boolean().default(false).describe("Accepts any certificate; for a test server's own."),
    ca_file: z.string().optional(),
    server_name: z.string().optional(),
  }),
]);

export const connection = {
  url: z
    .string()
    .regex(ADDRESS, {
      error:
        'a Redis address looks like redis://user:password@host:6379/0 (rediss:// for TLS, unix:///path for a socket)',
    })
    .optional()
    .describe('`redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `unix:///path`.'),
  host: z.string().min(1).optional().describe('Instead of `url`: the host, by default localhost.'),
  port: wholeNumber('port').optional().describe('The port, by default 6379.'),
  username: z.string().optional().describe('The user, when it is not the default one.'),
  password: z.string().optional().describe('The password.'),
  db: wholeNumber('db').optional().describe("The database's number, by default 0."),
  tls: tls.optional().describe('`true`, or `insecure_skip_verify`, `ca_file`, `server_name`.'),
  timeout: timeoutMs.prefault('10s').describe('How long the server may take, connecting included.'),
};

export const connectionAliases = { connection: 'url', connection_string: 'url', user: 'username', database: 'db' };
export const connectionKeys = ['url', 'host', 'port', 'username', 'password', 'db', 'tls'];

export type Connection = z.output<z.ZodObject<typeof connection>>;

export const key = z.string().min(1, 'a key is empty').describe('The key.');
export const limit = z
  .int()
  .min(1)
  .default(10_000)
  .describe('The most items a result may have; more is an error, not a cut.');
export const maxBytes = 64 * 1024 * 1024;

/** Names and values; at least one. */
export const filledRecord = <T extends z.ZodType>(value: T) =>
  z.record(z.string(), value).refine((given) => Object.keys(given).length > 0, 'there is nothing in it');
