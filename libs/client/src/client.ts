import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.ts';

export interface ClientSettings {
  /** Where the API is served, without `/api/v1`. */
  readonly url: string;
  readonly apiKey?: string | undefined;
}

export type ApiClient = Client<paths>;

type ProblemBody = components['schemas']['Problem'];

/** An answer that is not what was asked for (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly body: Partial<ProblemBody>;

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? body.title ?? `the server answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** Nothing answered at the address. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The API, typed; every answer of 400 and above is thrown as an `ApiProblem`. */
export const createClient = ({ url, apiKey }: ClientSettings): ApiClient => {
  const client = createFetchClient<paths>({ baseUrl: url.replace(/\/+$/, ''), headers: authorization(apiKey) });
  client.use(throwProblems(url));
  return client;
};

export const authorization = (apiKey: string | undefined): Record<string, string> =>
  apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

const throwProblems = (url: string): Middleware => ({
  onResponse: async ({ response }) => {
    if (!response.ok) throw await problemOf(response);
  },
  onError: ({ error }) => unreachable(url, error),
});

export const problemOf = async (response: Response): Promise<ApiProblem> => {
  const text = await response.text();
  try {
    return new ApiProblem(response.status, JSON.parse(text) as ProblemBody);
  } catch {
    // Something between us and the server answered in words of its own.
    return new ApiProblem(response.status, { detail: `the server answered ${response.status}: ${text.slice(0, 200)}` });
  }
};

/** What fetch says of a failed connection is in the cause. */
export const unreachable = (url: string, error: unknown): Unreachable => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new Unreachable(`${url} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
};
