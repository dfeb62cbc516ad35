import { isRule } from '@testmesh/outbound';
import type { Ruled, WorkspaceLimits } from '@testmesh/store-postgres';
import * as z from 'zod';
import { accepted } from '../configuration/refusals.ts';
import { IF_MATCH } from '../configuration/wire.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { PeopleDeps } from './deps.ts';

const tags = ['Limits'];

const rule = z
  .string()
  .max(300)
  .refine(isRule, { error: 'a rule is a range (10.0.0.0/8), an address, a host name, *.host or unix:/path' });
const rules = z.array(rule).max(500);

const outboundBody = z
  .strictObject({
    allow: rules.nullable().describe('nothing else is reached; null lets everything through that is not denied'),
    deny: rules,
  })
  .meta({ id: 'OutboundRules' });

const limitsBody = z
  .strictObject({
    max_running: z.int().min(1).max(10_000).nullable().describe('runs at once, over all executors; null for no limit'),
  })
  .meta({ id: 'WorkspaceLimits' });

type Deps = Pick<PeopleDeps, 'workspaceRules'>;

const getOutbound = ({ workspaceRules }: Deps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/outbound-rules',
    operationId: 'getOutboundRules',
    summary: 'Where runs on this server may connect to',
    tags,
    permission: 'workspace:view',
    responses: { 200: outboundBody },
    handle: async ({ caller }) => {
      const { content, version } = await workspaceRules.get(caller.workspace, 'outbound');
      return { status: 200, headers: { etag: etagOf(version) }, body: content };
    },
  });

const putOutbound = ({ workspaceRules }: Deps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/outbound-rules',
    operationId: 'setOutboundRules',
    summary: 'Decide where runs on this server may connect to',
    description:
      'Ranges are held against the resolved address, names against the name as written. What the operator denies stays denied. Holds for runs that begin from now on.',
    tags,
    permission: 'workspace:settings',
    headers: [IF_MATCH],
    body: outboundBody,
    example: { allow: null, deny: ['10.0.0.0/8', '*.internal'] },
    responses: { 200: outboundBody },
    handle: async ({ body, caller, headers }) => {
      const seen = requiredVersion(headers);
      const ruled = accepted(await workspaceRules.put(caller, { kind: 'outbound', content: body, seen }));
      return { status: 200, headers: { etag: etagOf(ruled.version) }, body: ruled.content };
    },
  });

const shownLimits = ({ content, version }: Ruled<WorkspaceLimits>) => ({
  status: 200,
  headers: { etag: etagOf(version) },
  body: { max_running: content.maxRunning },
});

const getLimits = ({ workspaceRules }: Deps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/limits',
    operationId: 'getLimits',
    summary: 'How much the workspace may use at once',
    tags,
    permission: 'workspace:view',
    responses: { 200: limitsBody },
    handle: async ({ caller }) => shownLimits(await workspaceRules.get(caller.workspace, 'limits')),
  });

const putLimits = ({ workspaceRules }: Deps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/limits',
    operationId: 'setLimits',
    summary: 'Decide how much the workspace may use at once',
    tags,
    permission: 'workspace:settings',
    headers: [IF_MATCH],
    body: limitsBody,
    example: { max_running: 4 },
    responses: { 200: limitsBody },
    handle: async ({ body, caller, headers }) => {
      const content = { maxRunning: body.max_running };
      const seen = requiredVersion(headers);
      return shownLimits(accepted(await workspaceRules.put(caller, { kind: 'limits', content, seen })));
    },
  });

export const ruleRoutes = (deps: Deps): readonly Route[] => [
  getOutbound(deps),
  putOutbound(deps),
  getLimits(deps),
  putLimits(deps),
];
