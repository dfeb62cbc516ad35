import { byteSize, timeoutMs } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import * as z from 'zod';

const message = z.custom<ValueMap>(
  (given) => typeof given === 'object' && given !== null && !Array.isArray(given),
  'a message is a map of its fields',
);

const oneOrMore = z.union([
  z
    .string()
    .min(1)
    .transform((path) => [path]),
  z.array(z.string().min(1)).min(1),
]);

const tls = z.union([
  z.boolean(),
  z.strictObject({
    enabled: z.boolean().default(true),
    ca: z.string().min(1).optional().describe('The authority to trust: PEM text or a file.'),
    cert: z.string().min(1).optional().describe('This client’s certificate: PEM text or a file.'),
    key: z.string().min(1).optional().describe('Its key: PEM text or a file.'),
    insecure: z.boolean().default(false).describe('`true` accepts any certificate.'),
    server_name: z.string().min(1).optional().describe('The name the certificate must carry instead of the host.'),
  }),
]);

export const grpcCallConfig = z
  .strictObject({
    address: z
      .string()
      .regex(/^(?:(?:grpc|grpcs|http|https):\/\/)?[^/\s]+:\d{1,5}\/?$/, 'write it as host:port')
      .describe('`host:port`; `grpcs://` or `https://` in front means TLS.'),
    service: z
      .string()
      .min(1)
      .describe('The service with its package, `demo.UserService`; without it when that is clear.'),
    method: z.string().min(1).describe('The method: `GetUser`.'),
    request: message.optional().describe('The fields of the request, named as in the `.proto` file.'),
    requests: z.array(message).min(1).optional().describe('Several requests, for a method that takes a stream.'),
    metadata: z
      .record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .optional()
      .describe('Metadata to send; values of `-bin` keys in base64.'),
    timeout: timeoutMs.prefault('30s').describe('The call’s deadline; the server is told.'),
    max_messages: z
      .int()
      .positive()
      .optional()
      .describe('Leave a stream of answers after so many; without it more than 10000 are an error.'),
    max_message_size: byteSize.default(64 * 1024 * 1024).describe('The largest answer taken: `64MiB`.'),
    tls: tls.optional().describe('`true`, or `{ca, cert, key, insecure, server_name}`.'),
    proto: oneOrMore.optional().describe('A `.proto` file or several; without them the server is asked (reflection).'),
    import_paths: oneOrMore.optional().describe('Folders where imports of the `.proto` files are looked for.'),
    reflection: z
      .boolean()
      .optional()
      .describe('`false` never asks the server; `true` asks it although `proto` is absent.'),
    streaming: z.boolean().optional().describe('What the method is expected to be; a mismatch is an error.'),
  })
  .check(({ value, issues }) => {
    const issue = (key: string, text: string): void =>
      void issues.push({ code: 'custom', message: text, path: [key], input: value });
    if (value.request !== undefined && value.requests !== undefined)
      issue('requests', 'give `request` or `requests`, not both');
    if (value.reflection === true && value.proto !== undefined)
      issue('reflection', 'give `proto` or `reflection: true`, not both');
    if (value.reflection === false && value.proto === undefined) issue('proto', '`reflection: false` needs `proto`');
  });

export type GrpcCallConfig = z.output<typeof grpcCallConfig>;
export type TlsConfig = NonNullable<GrpcCallConfig['tls']>;
