import { durationMs } from '@testmesh/contracts';
import type { Value } from '@testmesh/domain';
import * as z from 'zod';

const value = z.custom<Value>((given) => given !== undefined, 'a value is needed here');
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const server = z
  .string()
  .min(1)
  .optional()
  .describe('The name or the `server_id` of a mock server; not needed while the run has only one.');

/** A path: exact, with `:name` for one part of it, or with `*` for anything from there on. */
const path = z
  .string()
  .regex(/^(?:\*|\/[^?#\s]*)$/, 'a path starts with / and has no query; `*` matches every path')
  .describe('The path: exact, with `:name` for one part, or `*` for any rest.');

const method = z
  .string()
  .regex(/^(?:\*|[A-Za-z]+)$/, 'a method such as GET, or `*`')
  .transform((text) => text.toUpperCase());

const conditions = z.array(z.string().min(1)).min(1);

const match = z.strictObject({
  headers: z.record(z.string(), scalar).optional().describe('Header → exact text, or `regex:` and an expression.'),
  query: z
    .record(z.string(), scalar)
    .optional()
    .describe('Query parameter → exact text, or `regex:` and an expression.'),
  body: value.optional().describe('Fields the JSON body must have with these values; other fields do not matter.'),
  body_matches: conditions
    .optional()
    .describe('Conditions on the JSON body, such as `$.amount > 10` or `$.email contains "@example.com"`.'),
  body_contains: z.string().min(1).optional().describe('Text the body must contain.'),
  body_pattern: z.string().min(1).optional().describe('A regular expression the body must match.'),
});

const change = z.strictObject({
  action: z.enum(['set', 'increment', 'decrement', 'append', 'toggle', 'delete']),
  path: z.string().regex(/^[\w-]+(?:\.[\w-]+)*$/, 'names joined by dots: `users`, `stock.sku-1`'),
  value: value.optional(),
});

const response = z.strictObject({
  status: z.int().min(100).max(599).default(200).describe('The status to answer with.'),
  headers: z.record(z.string(), scalar).optional().describe('Headers to answer with.'),
  body: value.optional().describe('The body: a text as it is, anything else as JSON.'),
  body_from_file: z.string().min(1).optional().describe('A file to answer with, as it is.'),
  delay: durationMs.optional().describe('How long to wait before the answer: `200ms`.'),
  hang: z.boolean().default(false).describe('Never answer.'),
  close_connection: z.boolean().default(false).describe('Close the connection instead of an answer.'),
  state_changes: z.array(change).min(1).optional().describe('What happens to the state once the answer is worked out.'),
});

const endpoint = z
  .strictObject({
    path,
    method: method.default('GET').describe('The method, or `*` for any.'),
    priority: z.number().default(0).describe('Higher wins; among equals the one configured last.'),
    match: match.optional().describe('What else the request must have.'),
    response: response.optional().describe('The answer.'),
    responses: z.array(response).min(1).optional().describe('Answers given one after the other; the last one stays.'),
  })
  .refine((given) => (given.response === undefined) !== (given.responses === undefined), {
    message: 'give either `response` or `responses`',
    path: ['response'],
  });

const endpoints = z.array(endpoint).min(1);
const state = z.record(z.string(), value);

export const mockStartConfig = z.strictObject({
  name: z.string().min(1).optional().describe('A name to speak of it in other steps.'),
  host: z.string().min(1).default('127.0.0.1').describe('The address to listen on; `0.0.0.0` lets containers in.'),
  port: z.int().min(0).max(65_535).default(0).describe('The port to listen on; 0 picks a free one.'),
  endpoints: endpoints.optional().describe('What it answers.'),
  state: state.optional().describe('Values that answers may show and change.'),
});

export const mockConfigureConfig = z
  .strictObject({
    server,
    endpoints: endpoints.optional().describe('Endpoints to add; they win over earlier ones of the same priority.'),
    state: state.optional().describe('Values to put into the state.'),
    replace: z.boolean().default(false).describe('Forget the endpoints there were.'),
  })
  .refine((given) => given.endpoints !== undefined || given.state !== undefined, {
    message: 'give `endpoints`, `state` or both',
    path: ['endpoints'],
  });

const expected = z
  .strictObject({
    path,
    method: method.default('*').describe('The method, or `*` for any.'),
    count: z.int().nonnegative().optional().describe('Exactly so many requests.'),
    count_min: z.int().nonnegative().optional().describe('At least so many.'),
    count_max: z.int().nonnegative().optional().describe('At most so many.'),
    headers: z.record(z.string(), scalar).optional().describe('Only requests with these headers.'),
    query: z.record(z.string(), scalar).optional().describe('Only requests with these query parameters.'),
    body: value.optional().describe('Only requests whose JSON body has these fields with these values.'),
    body_matches: conditions.optional().describe('Only requests for whose JSON body these conditions hold.'),
    body_contains: z.string().min(1).optional().describe('Only requests whose body contains this text.'),
  })
  .refine((given) => given.count === undefined || (given.count_min ?? given.count_max) === undefined, {
    message: 'give `count`, or `count_min` and `count_max`',
    path: ['count'],
  });

export const mockVerifyConfig = z.strictObject({
  server,
  assertions: z
    .array(expected)
    .min(1)
    .describe('Which requests must have come; at least one each when no count is given.'),
});

export const mockResetConfig = z.strictObject({
  server,
  state: state.optional().describe('The new state; what it was at the start when absent.'),
  calls: z.boolean().default(true).describe('Forget the requests that came, and begin `responses` anew.'),
});

export const mockStopConfig = z.strictObject({ server });

export type Endpoint = z.output<typeof endpoint>;
export type Response = z.output<typeof response>;
export type Match = z.output<typeof match>;
export type Change = z.output<typeof change>;
export type Expected = z.output<typeof expected>;
