import { durationMs, timeoutMs } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import * as z from 'zod';

/** Anything a flow can hold. */
const value = z.custom<Value>((given) => given !== undefined, 'a value is needed here');

const name = z.string().min(1, 'a name is needed here');
const path = z.string().min(1, 'a path is needed here');

/** A port as a number or as the text a captured value may be. */
const port = z.union([
  z.int().min(1).max(65_535),
  z
    .string()
    .regex(/^\d{1,5}$/, 'a port is a number from 1 to 65535')
    .transform(Number),
]);

export const delayConfig = z.strictObject({
  duration: durationMs.describe('How long to wait: `500ms`, `3s`, `1m30s`.'),
});

export const logConfig = z.strictObject({
  message: value.describe('What to say; anything but text is shown as JSON.'),
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How important it is.'),
  data: value.optional().describe('A value to show with the message.'),
});

const assertion = z.union([z.string(), z.strictObject({ expression: z.string(), message: z.string().optional() })]);

export const assertConfig = z.strictObject({
  data: value
    .optional()
    .describe('What the assertions look at: the fields of a map by their names, anything also as `data`.'),
  assertions: z
    .array(assertion)
    .min(1)
    .optional()
    .describe('Expressions that must hold, over `data` and every name in scope.'),
  expression: z.string().optional().describe('One expression instead of a list.'),
});

const operation = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('extract'), path, save_as: name }),
  z.strictObject({
    type: z.literal('map'),
    array: path,
    transform: z.union([z.string(), z.record(name, value)]),
    save_as: name,
  }),
  z.strictObject({ type: z.literal('filter'), array: path, condition: z.string().min(1), save_as: name }),
  z.strictObject({ type: z.literal('join'), array: path, separator: z.string().default(','), save_as: name }),
  z.strictObject({
    type: z.literal('format'),
    template: z.string(),
    variables: z.record(name, value).optional(),
    save_as: name,
  }),
]);

export const transformConfig = z
  .strictObject({
    input: value.optional().describe('What to transform: `${step.body}`, a list, a map, or JSON text.'),
    input_file: z.string().min(1).optional().describe('A JSON file to transform instead.'),
    transforms: z
      .record(name, value)
      .optional()
      .describe('Result key → `$.path` (JSONPath), `$name` (a field of the input), or a literal.'),
    operations: z
      .array(operation)
      .min(1)
      .optional()
      .describe('Steps done in order: `extract`, `map`, `filter`, `join`, `format`, each with `save_as`.'),
  })
  .refine(({ input, input_file }) => (input === undefined) !== (input_file === undefined), {
    message: 'give either `input` or `input_file`',
    path: ['input'],
  })
  .refine(({ transforms, operations }) => transforms !== undefined || operations !== undefined, {
    message: 'give `transforms`, `operations` or both',
    path: ['transforms'],
  });

const statuses = z.union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)]);

export const waitForConfig = z
  .strictObject({
    type: z.enum(['http', 'tcp']).optional().describe('Decided by `url` or `host` and `port` when absent.'),
    url: z
      .url({ protocol: /^https?$/, error: 'an http:// or https:// address' })
      .optional()
      .describe('What to request.'),
    method: z.string().min(1).default('GET').describe('The request method.'),
    headers: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .describe('Headers to send.'),
    status_code: statuses.default(200).describe('The status to wait for, or a list of them.'),
    body_contains: z.string().min(1).optional().describe('Text the body must contain.'),
    json_path: path.optional().describe('A JSONPath that must lead somewhere in the body.'),
    json_value: value.optional().describe('What the value at `json_path` must be; types count.'),
    verify_ssl: z.boolean().default(true).describe('`false` accepts any certificate.'),
    host: z.string().min(1).optional().describe('The host to connect to.'),
    port: port.optional().describe('The port to connect to.'),
    timeout: timeoutMs.prefault('60s').describe('How long to wait in all.'),
    interval: durationMs.prefault('1s').describe('How long to wait between two tries.'),
    max_attempts: z.int().positive().optional().describe('Give up after so many tries, even before the timeout.'),
  })
  .check(({ value: config, issues }) => {
    const issue = (key: string, message: string): void =>
      void issues.push({ code: 'custom', message, path: [key], input: config });
    const kind = config.type ?? (config.url === undefined ? 'tcp' : 'http');
    if (kind === 'http' && config.url === undefined) issue('url', 'an http wait needs `url`');
    if (kind === 'tcp' && config.url !== undefined) issue('url', 'a tcp wait takes `host` and `port`, not `url`');
    if (kind === 'tcp' && (config.host === undefined || config.port === undefined))
      issue('url', 'give `url`, or `host` and `port`');
    if (kind === 'http' && (config.host ?? config.port) !== undefined)
      issue('host', 'an http wait takes `url`, not `host` and `port`');
    if (config.json_value !== undefined && config.json_path === undefined)
      issue('json_value', '`json_value` needs `json_path`');
  });

export type TransformConfig = z.output<typeof transformConfig>;
export type Operation = z.output<typeof operation>;
export type WaitForConfig = z.output<typeof waitForConfig>;
