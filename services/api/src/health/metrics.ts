import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { publicRoute, type Route } from '../http/route.ts';

/** What the API measures of itself. */
export interface Metrics {
  readonly registry: Registry;
  /** Times every request of a server, by route and status. */
  readonly observe: (server: FastifyInstance) => void;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'testmesh_http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  return {
    registry,
    observe: (server) => {
      server.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'unknown';
        const { method } = request;
        requests.observe({ method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
      });
    },
  };
};

/** The metrics as Prometheus reads them. */
export const metricsRoutes = ({ registry }: Pick<Metrics, 'registry'>): readonly Route[] => [
  publicRoute({
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    tags: ['System'],
    responses: { 200: { contentType: 'text/plain', description: 'metrics' } },
    handle: async () => ({
      status: 200,
      text: await registry.metrics(),
      headers: { 'content-type': registry.contentType },
    }),
  }),
];
