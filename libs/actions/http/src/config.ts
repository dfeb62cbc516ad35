// The config of http_request, as zod sees it after rendering. No driver is imported here.
import { byteSize, timeoutMs } from '@testmesh/contracts';
import { ExactNumber, type Value } from '@testmesh/domain';
import * as z from 'zod';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PURGE', 'PROPFIND'];

// Given as parsed values: a default that has to be parsed costs each request several microseconds.
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

export type Scalar = string | number | boolean | ExactNumber;

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value instanceof ExactNumber;

// `z.unknown()` hands values through untouched, so an exact number keeps its digits.
const anyValue = z.unknown().transform((value) => value as Value | undefined);

const scalar = z
  .unknown()
  .refine(isScalar, 'a text, a number or a boolean belongs here')
  .meta({ type: ['string', 'number', 'boolean'] })
  .transform((value) => value as Scalar);

const isScalarOrScalars = (value: unknown): boolean =>
  value === null || isScalar(value) || (Array.isArray(value) && value.every(isScalar));

const scalarOrScalars = z
  .unknown()
  .refine(isScalarOrScalars, 'a text, a number, a boolean, a list of those, or null to leave it out')
  .meta({ type: ['string', 'number', 'boolean', 'array', 'null'] })
  .transform((value) => value as Scalar | readonly Scalar[] | null);

const filePart = z.strictObject({
  file: z.string().describe('Path of the file to send, relative to the flow.'),
  filename: z.string().optional().describe("The name the server sees; default the file's own."),
  content_type: z.string().optional().describe('Default application/octet-stream.'),
});
const valuePart = z.strictObject({
  value: anyValue.describe('Text as it is; a map or list is sent as JSON.'),
  content_type: z.string().optional(),
});
const part = z.union([filePart, valuePart, scalar]);

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('basic'), username: z.string(), password: z.string() }),
  z.strictObject({ type: z.literal('bearer'), token: z.string() }),
  z.strictObject({
    type: z.literal('api_key'),
    key: z.string().describe('The secret itself.'),
    name: z.string().default('X-API-Key').describe('Name of the header or query parameter.'),
    location: z.enum(['header', 'query']).default('header'),
  }),
]);

const httpUrl = z.string().transform((text, { addIssue }): URL => {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  addIssue({ code: 'custom', message: `"${text}" is not an http:// or https:// URL`, input: text });
  return z.NEVER;
});

const BODIES = ['body', 'form', 'multipart', 'graphql'] as const;

export const httpRequestConfig = z
  .strictObject({
    method: z
      .string()
      .transform((text) => text.toUpperCase())
      .pipe(z.enum(METHODS))
      .meta({ enum: METHODS })
      .optional()
      .describe('The request method, in any case; default GET, for a GraphQL operation POST.'),
    url: httpUrl.describe('Where to send the request.'),
    params: z
      .record(z.string(), scalarOrScalars)
      .optional()
      .describe('Query parameters, added to those of the URL; a list repeats the parameter.'),
    headers: z
      .record(z.string(), scalarOrScalars)
      .optional()
      .describe("Request headers, over those of the environment's routing; null leaves a routing header out."),
    body: anyValue.optional().describe('A map, list, number or boolean is sent as JSON; a text is sent as it stands.'),
    form: z.record(z.string(), scalarOrScalars).optional().describe('Sent as application/x-www-form-urlencoded.'),
    multipart: z
      .record(z.string(), z.union([part, z.array(part)]))
      .optional()
      .describe('Sent as multipart/form-data; a part is a text or `{file, filename, content_type}`.'),
    graphql: z
      .strictObject({
        query: z.string(),
        variables: z.record(z.string(), anyValue).optional(),
        operation_name: z.string().optional(),
      })
      .optional()
      .describe('A GraphQL operation, sent as JSON by POST unless `method` says otherwise.'),
    auth: auth.optional().describe('Credentials: basic, bearer or api_key.'),
    cookies: z
      .record(z.string(), scalar)
      .optional()
      .describe('Cookies of this request, over those the run has received.'),
    follow_redirects: z.boolean().default(true).describe('Whether a redirect is followed.'),
    max_redirects: z.int().min(0).default(10).describe('How many redirects are followed.'),
    timeout: timeoutMs
      .default(DEFAULT_TIMEOUT_MS)
      .describe('From the first byte sent to the last byte received, redirects included; default 30s.'),
    max_body_size: byteSize
      .default(DEFAULT_MAX_BODY_BYTES)
      .describe('The largest response body, counted after decompression; default 64MiB.'),
    parse: z
      .enum(['auto', 'json', 'text'])
      .default('auto')
      .describe('How the response body is read; auto goes by its content type.'),
    save_to_file: z
      .string()
      .min(1)
      .optional()
      .describe('Keeps the body as a file, relative to the flow; only where a run has a project folder.'),
    verify_ssl: z.boolean().default(true).describe("Whether the server's certificate is checked."),
    ca: z.string().optional().describe('A CA certificate to trust: PEM text or a file.'),
    client_cert: z.string().optional().describe('A client certificate: PEM text or a file.'),
    client_key: z.string().optional().describe("The client certificate's key: PEM text or a file."),
    server_name: z.string().optional().describe('The name expected in the certificate, when it is not the host.'),
  })
  .superRefine((config, context) => {
    const given = BODIES.filter((key) => config[key] !== undefined);
    for (const key of given.slice(1)) {
      context.addIssue({ code: 'custom', path: [key], message: `the request has a body already: \`${given[0]}\`` });
    }
  })
  .refine(({ client_cert: cert, client_key: key }) => (cert === undefined) === (key === undefined), {
    path: ['client_cert'],
    message: '`client_cert` and `client_key` belong together',
  });

export type HttpRequestConfig = z.output<typeof httpRequestConfig>;
export type MultipartPart = z.output<typeof part>;
