import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';
import { publicRoute, type Route } from '../http/route.ts';

/** What the API measures of itself. */
export interface Metrics {
  /** Served at `/metrics` of the API's own port when it is there. */
  readonly page?: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** Times every request of a server, by route and status. */
  readonly observe: (server: FastifyInstance) => void;
}

/** Adds the API's part to the metrics of its process. */
export const createMetrics = (registry: Registry, page?: Metrics['page']): Metrics => {
  const requests = new Histogram({
    name: 'testmesh_http_request_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  return {
    ...(page !== undefined && { page }),
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
export const metricsRoutes = (page: NonNullable<Metrics['page']>): readonly Route[] => [
  publicRoute({
    method: 'GET',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    tags: ['System'],
    responses: { 200: { contentType: 'text/plain', description: 'metrics' } },
    handle: async () => {
      const { contentType, text } = await page();
      return { status: 200, text, headers: { 'content-type': contentType } };
    },
  }),
];
