import { poolName } from '@testmesh/contracts';
import type { Clock, RunHoldings, RunQueue, SiteAgentProcess } from '@testmesh/ports';
import type { SiteAgent, SiteAgentProcesses, SiteAgentStore } from '@testmesh/store-postgres';
import * as z from 'zod';
import { accepted, found } from '../configuration/refusals.ts';
import { idParams, instant, isoOrNull, limit, offset, pageOf } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { executorPrefix } from './agent-authentication.ts';
import { figuresBody } from './figure-routes.ts';

export interface SiteAgentDeps {
  readonly siteAgents: SiteAgentStore;
  readonly siteAgentProcesses: Pick<SiteAgentProcesses, 'list'>;
  readonly holdings: Pick<RunHoldings, 'heldBy'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly queue: Pick<RunQueue, 'release'>;
}

const tags = ['Site agents'];

const agentBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    pools: z.array(z.string()).describe('the pools whose runs it may take'),
    prefix: z.string().describe('how its newest token begins; the rest is known to nobody here'),
    created_by: z.string(),
    created_at: instant,
    rotated_at: instant,
    revoked_at: instant.nullable(),
    last_seen_at: instant.nullable(),
    version: z.string().nullable(),
    host: z.string().nullable(),
    slots: z.int().nullable(),
    labels: z.record(z.string(), z.string()),
  })
  .meta({ id: 'SiteAgent' });

const agentOf = ({ seen, ...agent }: SiteAgent) => ({
  id: agent.id,
  name: agent.name,
  pools: agent.pools,
  prefix: agent.prefix,
  created_by: agent.createdBy,
  created_at: agent.createdAt.toISOString(),
  rotated_at: agent.rotatedAt.toISOString(),
  revoked_at: isoOrNull(agent.revokedAt),
  last_seen_at: isoOrNull(agent.seenAt),
  version: seen.version ?? null,
  host: seen.host ?? null,
  slots: seen.slots ?? null,
  labels: seen.labels ?? {},
});

const processBody = figuresBody.extend({
  process: z.string().describe('as it stands after the agent in the `executor` of its runs'),
  told_at: instant,
});

const oneAgentBody = agentBody
  .extend({ processes: z.array(processBody).describe('those that were heard of within ten minutes') })
  .meta({ id: 'SiteAgentWithProcesses' });

const processOf = ({ process, figures, silentMs }: SiteAgentProcess, now: number) => ({
  ...{ process, told_at: new Date(now - silentMs).toISOString() },
  ...{ started_at: figures.startedAt, slots: figures.slots, busy: figures.busy, runs_ended: figures.runsEnded },
  ...{ requests: figures.requests, requests_failed: figures.requestsFailed, memory_bytes: figures.memoryBytes },
});

const newAgentBody = agentBody.extend({ token: z.string().describe('the whole token') }).meta({ id: 'NewSiteAgent' });

const agentName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes, up to 63');

const create = ({ siteAgents }: SiteAgentDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/agents',
    operationId: 'createSiteAgent',
    summary: 'Make a site agent; its token is shown this once',
    description: 'A name is given once for ever: runs say by it who carried them.',
    tags,
    permission: 'keys:manage',
    body: z.strictObject({ name: agentName, pools: z.array(poolName).min(1).max(20) }).meta({ id: 'SiteAgentRequest' }),
    example: { name: 'berlin', pools: ['berlin'] },
    responses: { 201: newAgentBody },
    handle: async ({ body, caller }) => {
      const { agent, text } = accepted(
        await siteAgents.create(caller, { name: body.name, pools: [...new Set(body.pools)] }),
      );
      return {
        status: 201,
        headers: { location: `/api/v1/agents/${agent.id}`, 'cache-control': 'no-store' },
        body: { ...agentOf(agent), token: text },
      };
    },
  });

const list = ({ siteAgents }: SiteAgentDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/agents',
    operationId: 'listSiteAgents',
    summary: 'Site agents of the workspace, revoked ones included',
    tags,
    permission: 'integrations:view',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ agents: z.array(agentBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await siteAgents.list(workspace, query);
      return { status: 200, body: { agents: items.map(agentOf), total, ...query } };
    },
  });

const get = ({ siteAgents, siteAgentProcesses, clock }: SiteAgentDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/agents/:id',
    operationId: 'getSiteAgent',
    summary: 'A site agent with what its processes tell of themselves, without its token',
    tags,
    permission: 'integrations:view',
    params: idParams,
    responses: { 200: oneAgentBody },
    handle: async ({ params: { id }, caller }) => {
      const agent = found(await siteAgents.get(caller.workspace, id), `site agent ${id}`);
      const processes = await siteAgentProcesses.list(agent.id);
      const now = clock.now();
      return { status: 200, body: { ...agentOf(agent), processes: processes.map((one) => processOf(one, now)) } };
    },
  });

const HOUR_S = 3600;

const rotate = ({ siteAgents }: SiteAgentDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/agents/:id/rotate',
    operationId: 'rotateSiteAgent',
    summary: 'Make a new token; the one before goes on for a while',
    tags,
    permission: 'keys:manage',
    params: idParams,
    body: z
      .strictObject({
        overlap_seconds: z
          .int()
          .min(0)
          .max(30 * 24 * HOUR_S)
          .default(HOUR_S)
          .describe('0 ends the old token now'),
      })
      .meta({ id: 'SiteAgentRotation' }),
    example: { overlap_seconds: HOUR_S },
    responses: { 201: newAgentBody },
    handle: async ({ params: { id }, body, caller }) => {
      const { agent, text } = accepted(await siteAgents.rotate(caller, id, body.overlap_seconds * 1000));
      return { status: 201, headers: { 'cache-control': 'no-store' }, body: { ...agentOf(agent), token: text } };
    },
  });

const revoke = ({ siteAgents, holdings, queue }: SiteAgentDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/agents/:id',
    operationId: 'revokeSiteAgent',
    summary: 'Revoke a site agent: it is fenced at once, and its runs go back to the queue',
    tags,
    permission: 'keys:manage',
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller }) => {
      const { name } = accepted(await siteAgents.revoke(caller, id));
      const theirs = { workspace: caller.workspace, executor: executorPrefix(name), isPrefix: true };
      for (const run of await holdings.heldBy(theirs)) await queue.release(run, 'its site agent was revoked');
      return { status: 204 };
    },
  });

export const siteAgentRoutes = (deps: SiteAgentDeps): readonly Route[] =>
  [create, list, get, rotate, revoke].map((route) => route(deps));
