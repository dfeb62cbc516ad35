import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AllowedOrigins, NO_ORIGINS } from './access/allowed-origins.ts';
import { Authentication } from './access/authentication.ts';
import { noAgents } from './agents/agent-authentication.ts';
import { type AnalyticsDeps, analyticsRoutes } from './analytics/analytics-routes.ts';
import { documentRoutes } from './docs/document-routes.ts';
import { type GraphDeps, graphRoute } from './graphql/graph-route.ts';
import { healthRoutes } from './health/health-routes.ts';
import { type Metrics, metricsRoutes } from './health/metrics.ts';
import { openApi } from './http/openapi.ts';
import type { SharedCounts } from './http/rate-limits.ts';
import { registerRoutes } from './http/register-routes.ts';
import type { AgentCaller, Route } from './http/route.ts';
import { buildServer } from './http/server.ts';
import { unusedConnections } from './http/unused-connections.ts';
import { OpenStreams, type StreamLimits } from './live/open-streams.ts';
import { serveRunSockets } from './live/run-sockets.ts';
import { streamRoutes } from './live/stream-routes.ts';
import type { AccessStore, Health } from './ports.ts';
import { reportRoute } from './reports/report-route.ts';
import { traceRoute } from './reports/trace-route.ts';
import { rerunRoute } from './runs/rerun.ts';
import { runDefinitionRoute } from './runs/run-definition.ts';
import { runReadingRoutes } from './runs/run-reading-routes.ts';
import { runRoutes } from './runs/run-routes.ts';

// The one file where the API is put together. Its ports come from whoever starts it: main.ts, `testmesh up`, a spec.

export interface ApiDeps extends GraphDeps, AnalyticsDeps {
  readonly access: AccessStore;
  readonly health: Health;
  /** `loopback` serves without keys, for one machine: it must listen on loopback only. */
  readonly auth: 'keys' | 'loopback';
  /** Pages of other servers that may use this one; none unless said. */
  readonly origins?: AllowedOrigins | undefined;
  /** Who comes with an agent's token; without, nobody does. */
  readonly agentOf?: (headers: Readonly<Record<string, string | undefined>>) => Promise<AgentCaller>;
  /** Routes of others: configuration and what else there is to serve. */
  readonly routes?: readonly Route[];
  readonly version: string;
  /** Times requests; with a page, served at `/metrics` to whoever reaches the port. */
  readonly metrics?: Metrics;
  /** Requests a minute and address. */
  readonly requestsPerMinute?: number;
  /** Requests counted over replicas; without, each counts by itself. */
  readonly counts?: SharedCounts | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  /** Whether a failure may be over in a moment: whoever asked is told to ask again. */
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
  /** How long an answer may take. */
  readonly answerMs?: number;
  /** How many streams and WebSockets may be open. */
  readonly streamLimits?: StreamLimits | undefined;
}

/** Every route, the API's own and those it was given. */
export const allRoutes = (deps: ApiDeps): readonly Route[] => {
  const routes: readonly Route[] = [
    ...healthRoutes(deps.health, deps.version),
    ...runRoutes(deps),
    runDefinitionRoute(deps),
    rerunRoute(deps),
    ...runReadingRoutes(deps),
    reportRoute(deps),
    traceRoute(deps),
    ...streamRoutes(deps),
    ...(deps.metrics?.page === undefined ? [] : metricsRoutes(deps.metrics.page)),
    ...analyticsRoutes(deps),
    ...(deps.routes ?? []),
    graphRoute(deps, () => routes),
    ...documentRoutes(() => openApi(routes, deps.version)),
  ];
  return routes;
};

const REQUESTS_PER_MINUTE = 3000;
const ANSWER_MS = 30_000;
const SHUTDOWN_MS = 25_000;

/** The API, ready to listen; `close` ends its streams and lets requests under way finish. */
export const createApi = async (deps: ApiDeps): Promise<NestFastifyApplication> => {
  const origins = deps.origins ?? NO_ORIGINS;
  const server = await buildServer({
    mode: deps.auth,
    origins,
    requestsPerMinute: deps.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    counts: deps.counts,
    trustedProxies: deps.trustedProxies,
    isPassing: deps.isPassing,
    onFailure: deps.onFailure,
  });
  deps.metrics?.observe(server);
  const closing = new AbortController();
  const authentication = new Authentication({ access: deps.access, mode: deps.auth, origins, now: deps.clock.now });
  const agentOf = deps.agentOf ?? noAgents;
  const streams = new OpenStreams(deps.streamLimits);
  const edge = { authentication, agentOf, closing: closing.signal, answerMs: deps.answerMs ?? ANSWER_MS, streams };
  registerRoutes(server, allRoutes(deps), edge);
  serveRunSockets(server.server, {
    ...edge,
    deps,
    mode: deps.auth,
    origins,
    isPassing: deps.isPassing,
    onFailure: deps.onFailure,
  });
  const unused = unusedConnections(server.server);
  const stop = (): void => {
    closing.abort(new Error('the server is stopping'));
    unused.end();
    setTimeout(() => server.server.closeAllConnections(), SHUTDOWN_MS).unref();
  };
  const app = await NestFactory.create<NestFastifyApplication>(apiModule(stop), new EdgeAdapter(server), {
    bodyParser: false,
    // What cannot be done is told once, by whoever starts it.
    logger: false,
    abortOnError: false,
  });
  await app.init();
  await server.ready();
  return app;
};

/** Routes answer for what they do not know and what goes wrong; Nest's own handlers have nothing to add. */
class EdgeAdapter extends FastifyAdapter {
  override setNotFoundHandler(): ReturnType<FastifyAdapter['setNotFoundHandler']> {
    return this.instance;
  }

  override setErrorHandler(): ReturnType<FastifyAdapter['setErrorHandler']> {
    return this.instance;
  }
}

class ApiModule {}

class Shutdown {
  readonly beforeApplicationShutdown: () => void;

  constructor(stop: () => void) {
    this.beforeApplicationShutdown = stop;
  }
}

const apiModule = (stop: () => void): DynamicModule => ({
  module: ApiModule,
  providers: [{ provide: Shutdown, useFactory: () => new Shutdown(stop) }],
});
