import * as z from 'zod';

/** Everything that can be wrong with a request, with its HTTP status: below the edge there are none. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not as this route takes it' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  'foreign-origin': { status: 403, title: 'The request came through a page of another site' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'no-endpoint': { status: 404, title: 'There is no such route' },
  conflict: { status: 409, title: 'The request does not go together with how things are' },
  'version-changed': { status: 412, title: 'Somebody changed it in between' },
  'too-large': { status: 413, title: 'The request is too large' },
  'wrong-content-type': { status: 415, title: 'The body has to be JSON' },
  'flow-invalid': { status: 422, title: 'The flow is not valid' },
  'cannot-be-done': { status: 422, title: 'The request is understood, but cannot be carried out' },
  'run-failed': { status: 422, title: 'The run did not pass' },
  'key-reused': { status: 422, title: 'The idempotency key belongs to another request' },
  'version-required': { status: 428, title: 'The request has to say which version it changes' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The server failed' },
  unavailable: { status: 503, title: 'A part of the server does not answer' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;
export type ProblemCode = keyof typeof PROBLEMS;

/** One place that is wrong. */
export interface ProblemDetail {
  /** JSON pointer into the body, or `?name`, or `/path/name`. */
  readonly pointer?: string;
  readonly message: string;
  /** A code of the flow language: `TM1203`. */
  readonly code?: string;
  readonly severity?: 'error' | 'warning';
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly suggestion?: string;
  readonly help?: string;
}

/** A request that cannot be answered as asked; thrown by handlers, answered as RFC 9457 says. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { readonly errors?: readonly ProblemDetail[]; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The body of every answer that is not what was asked for; `error` is the member older clients read. */
export const problemBody = z
  .object({
    type: z.string().describe('where the problem is explained'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('the request it answers, by its id'),
    code: z.string(),
    error: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional(),
          message: z.string(),
          code: z.string().optional(),
          severity: z.enum(['error', 'warning']).optional(),
          file: z.string().optional(),
          line: z.int().optional(),
          column: z.int().optional(),
          suggestion: z.string().optional(),
          help: z.string().optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem' });
export type ProblemBody = z.infer<typeof problemBody>;

export const problemContentType = 'application/problem+json; charset=utf-8';

export const problemBodyOf = ({ code, message, errors }: Problem, requestId: string): ProblemBody => ({
  type: `/api/v1/docs#problem-${code}`,
  title: PROBLEMS[code].title,
  status: PROBLEMS[code].status,
  detail: message,
  instance: `urn:request:${requestId}`,
  code,
  error: code === 'no-endpoint' ? 'endpoint not found' : message,
  ...(errors.length > 0 && { errors: errors.map((error) => ({ ...error })) }),
});
