import { byteSize, timeoutMs } from '@testmesh/contracts';
import * as z from 'zod';

const port = z.union([
  z.int().min(1).max(65_535),
  z
    .string()
    .regex(/^\d{1,5}$/, 'a port is a number from 1 to 65535, with quotes or without')
    .transform(Number),
]);

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const words = z.union([z.string().min(1), z.array(scalar).min(1)]);

const statuses = z.union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)]);

export const dockerRunConfig = z.strictObject({
  image: z.string().min(1).describe('The image with its tag: `postgres:16-alpine`.'),
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, 'two characters or more: letters, digits, `_`, `.`, `-`')
    .optional()
    .describe('The name of the container; a unique one is made up when absent.'),
  network: z
    .string()
    .min(1)
    .optional()
    .describe('The network to join; one that is missing is created and removed with the run.'),
  env: z.record(z.string(), scalar).optional().describe('Environment variables.'),
  ports: z
    .union([z.record(z.string(), scalar), z.array(scalar)])
    .optional()
    .describe(
      'Container port → host port (`"5432": "0"` picks a free one), or a list as Docker writes it (`"8080:80"`).',
    ),
  command: words.optional().describe('What to run instead of the image’s command, as text or as a list of words.'),
  entrypoint: words.optional().describe('What to run instead of the image’s entry point.'),
  volumes: z
    .array(z.string().regex(/^[^:]+:\/[^:]*(?::(?:ro|rw))?$/, 'write it as source:/path, source:/path:ro'))
    .optional()
    .describe('`source:/path[:ro]`: a folder of this machine, or the name of a volume, which goes with the run.'),
  user: z.string().min(1).optional().describe('The user to run as.'),
  memory: byteSize.optional().describe('The most memory it may use: `512MiB`.'),
  cpus: z.number().positive().optional().describe('The most processors it may use: `0.5`.'),
  pull: z.enum(['missing', 'always', 'never']).default('missing').describe('When to ask the registry for the image.'),
  pull_timeout: timeoutMs.prefault('5m').describe('How long a pull may take.'),
  wait_for_port: port.optional().describe('A container port that must accept connections.'),
  wait_for_http: z
    .strictObject({
      port: port.describe('The container port.'),
      path: z.string().startsWith('/').default('/').describe('The path to request.'),
      status: statuses.default(200).describe('The status to wait for, or a list of them.'),
    })
    .optional()
    .describe('An address in the container that must answer.'),
  wait_for_log: z
    .union([
      z
        .string()
        .min(1)
        .transform((text) => ({ text, times: 1 })),
      z.strictObject({ text: z.string().min(1), times: z.int().positive().default(1) }),
    ])
    .optional()
    .describe('Text that must appear in its log; `{text, times}` for more than once.'),
  timeout: timeoutMs.prefault('30s').describe('How long it may take until it is ready, after the image is there.'),
});

export const dockerStopConfig = z.strictObject({
  container_id: z.string().min(1).describe('The id or the name of a container.'),
  remove: z.boolean().default(true).describe('Remove it at once; `false` only stops it, and it goes with the run.'),
});

export type DockerRunConfig = z.output<typeof dockerRunConfig>;
