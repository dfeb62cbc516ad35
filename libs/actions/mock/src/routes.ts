import type { Endpoint, Response } from './config.ts';
import { lacking, pathParameters } from './matching.ts';
import type { Received } from './request.ts';

/** An endpoint and how often it was asked. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly answers: readonly Response[];
  /** Which `configure` brought it; later ones win. */
  readonly generation: number;
  calls: number;
}

export type Routed =
  | { readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  /** Nothing fits; `reasons` says why not, for the endpoints of that path. */
  | { readonly route?: undefined; readonly reasons: readonly string[] };

export const routesOf = (endpoints: readonly Endpoint[], generation: number): readonly Route[] =>
  endpoints.map((endpoint) => ({
    endpoint,
    answers: endpoint.responses ?? (endpoint.response ? [endpoint.response] : []),
    generation,
    calls: 0,
  }));

/** Higher priority first, then what was configured last, then the order in which they are written. */
export const inOrder = (routes: readonly Route[]): readonly Route[] =>
  [...routes].sort((a, b) => b.endpoint.priority - a.endpoint.priority || b.generation - a.generation);

/** The first endpoint that answers a request. */
export const routed = (routes: readonly Route[], request: Received): Routed => {
  const reasons: string[] = [];
  for (const route of routes) {
    const { path, method, match } = route.endpoint;
    const parameters = pathParameters(path, request.path);
    if (parameters === undefined) continue;
    const why =
      method === '*' || method === request.method ? match && lacking(match, request) : 'the method is another one';
    if (why === undefined) return { route, parameters };
    reasons.push(`${method} ${path}: ${why}`);
  }
  return { reasons };
};

/** The answer whose turn it is; the last one stays. */
export const nextAnswer = (route: Route): Response => {
  const answer = route.answers[Math.min(route.calls, route.answers.length - 1)];
  if (answer === undefined) throw new Error(`the endpoint ${route.endpoint.path} has no answer`);
  route.calls += 1;
  return answer;
};
