import * as z from 'zod';
import type { Route } from '../http/route.ts';
import { type ProtocolDeps, protocolRoute } from './protocol-deps.ts';

// How the processes of agents are. An agent has no door that Prometheus could knock at: it tells, and the server shows.

const count = z.int().min(0);

export const figuresBody = z.strictObject({
  started_at: count.describe('milliseconds since 1970'),
  slots: count,
  busy: count.describe('runs in hand'),
  runs_ended: z.partialRecord(z.enum(['passed', 'failed', 'error', 'cancelled', 'timed_out']), count),
  requests: count.describe('to the server, since it started'),
  requests_failed: count.describe('of these, those without an answer that says anything'),
  memory_bytes: count,
});

export const figureRoutes = ({ tell }: Pick<ProtocolDeps, 'tell'>): readonly Route[] => [
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/figures',
    operationId: 'agentFigures',
    summary: 'Say how this process is',
    body: figuresBody.meta({ id: 'AgentFigures' }),
    responses: { 204: 'nothing' },
    handle: async ({ body, agent }) => {
      await tell(agent.agentId, agent.executor.slice(agent.executor.indexOf('/') + 1), {
        startedAt: body.started_at,
        slots: body.slots,
        busy: body.busy,
        runsEnded: body.runs_ended as Readonly<Record<string, number>>,
        requests: body.requests,
        requestsFailed: body.requests_failed,
        memoryBytes: body.memory_bytes,
      });
      return { status: 204 };
    },
  }),
];
