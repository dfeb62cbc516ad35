import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Counts, times and exposes requests at /metrics, by route pattern and never by raw URL. */
export const measureRequests = (app: FastifyInstance): void => {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['method', 'route', 'status'] as const;
  const total = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames, registers });
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from request to answer.',
    labelNames,
    registers,
  });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests not answered yet.', registers });
  const open = new WeakSet<FastifyRequest>();
  const close = (request: FastifyRequest) => {
    if (open.delete(request)) inFlight.dec();
  };

  app.addHook('onRequest', async (request) => {
    open.add(request);
    inFlight.inc();
  });
  app.addHook('onRequestAbort', async (request) => close(request));
  app.addHook('onResponse', async (request, reply) => {
    close(request);
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode };
    total.inc(labels);
    seconds.observe(labels, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
};
