import { Problem } from '@testmesh/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AgentCaller, Route } from './route.ts';

/** Several agents may be behind one address: each is counted by itself, too, for each route; heartbeats are not held up by the rest. */
export const agentLimit = (
  fastify: FastifyInstance,
  { operationId, requestsPerAgent }: Extract<Route, { readonly area: 'agent' }>,
): ((request: FastifyRequest, agent: AgentCaller) => Promise<void>) => {
  if (requestsPerAgent === undefined) return async () => undefined;
  const keys = new WeakMap<FastifyRequest, string>();
  const count = fastify.createRateLimit({
    max: requestsPerAgent,
    timeWindow: 60_000,
    keyGenerator: (request) => keys.get(request) ?? request.ip,
  });
  return async (request, { agentId, name }) => {
    keys.set(request, `agent ${agentId} ${operationId}`);
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    const { ttlInSeconds } = counted;
    throw new Problem(
      'too-many-requests',
      `the agent ${name} has sent its requests of the minute for ${operationId}; go on in ${ttlInSeconds} seconds`,
      { headers: { 'retry-after': String(ttlInSeconds) } },
    );
  };
};
