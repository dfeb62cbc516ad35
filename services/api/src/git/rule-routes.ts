import { environmentOfParts } from '@testmesh/commands';
import type { GitTriggerRule, GitTriggerRuleContent } from '@testmesh/store-postgres';
import * as z from 'zod';
import { demand } from '../access/authentication.ts';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { keptVariables, shownOf } from '../configuration/given-variables.ts';
import { accepted, found } from '../configuration/refusals.ts';
import { askedEnvironment, IF_MATCH, idParams, limit, offset, pageOf } from '../configuration/wire.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Caller, type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import {
  contentOf,
  deliveryBody,
  deliveryOf,
  newRuleSecret,
  type RuleRequest,
  ruleBody,
  ruleOf,
  ruleRequest,
} from './rule-body.ts';

const tags = ['Git'];
const EXAMPLE = {
  name: 'Smoke of main',
  provider: 'github' as const,
  repository: 'acme/shop',
  branch_filter: 'main',
  event_types: ['push' as const],
  suite_id: '7d5a8c1e-3c7e-4d43-9a67-30dbd4c61c2f',
  environment: 'staging',
};

/** A rule as it is kept, among what is given to its runs. */
const givenBy = (rule: GitTriggerRuleContent) => ({ ...rule, environment: rule.environmentId });

const shown = async (deps: ConfigurationDeps, workspace: string, rule: GitTriggerRule) =>
  ruleOf(rule, await shownOf(deps, workspace, givenBy(rule)));

type RuleBody = Awaited<ReturnType<typeof shown>>;

const answer = (status: 200 | 201, rule: RuleBody, more: object = {}): RouteAnswer => ({
  status,
  headers: {
    etag: etagOf(rule.version),
    ...(status === 201 && { location: `/api/v1/git-trigger-rules/${rule.id}`, 'cache-control': 'no-store' }),
  },
  body: { ...rule, ...more },
});

/** What a request describes. Whoever makes a rule runs what it runs, at every push: they must be allowed to. */
const contentFor = async (deps: ConfigurationDeps, caller: Caller, body: RuleRequest, held?: GitTriggerRule) => {
  demand(caller, 'flows:run');
  const { environments } = deps;
  const { workspace } = caller;
  const { environment } = await environmentOfParts(environments, workspace, askedEnvironment(body));
  const kept = environment === null ? undefined : await environments.get(workspace, environment);
  const content = contentOf(body, kept?.id ?? null);
  return { ...content, ...(await keptVariables(deps, workspace, givenBy(content), held && givenBy(held))) };
};

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/git-trigger-rules',
    operationId: 'createGitTriggerRule',
    summary: 'Run a flow or a suite at each push to a repository',
    description: 'The host sends its webhook to `webhook_path`, signed with the secret.',
    tags,
    permission: 'integrations:manage',
    body: ruleRequest,
    example: EXAMPLE,
    responses: {
      201: ruleBody.extend({ secret: z.string().optional().describe('where one was made, shown this once') }),
    },
    handle: async ({ body, caller }) => {
      const content = await contentFor(deps, caller, body);
      const secret = body.secret ?? newRuleSecret();
      const rule = accepted(await deps.gitTriggerRules.create(caller, content, secret));
      return answer(201, await shown(deps, caller.workspace, rule), body.secret === undefined ? { secret } : {});
    },
  });

const list = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/git-trigger-rules',
    operationId: 'listGitTriggerRules',
    summary: 'What pushes run',
    tags,
    permission: 'integrations:view',
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ rules: z.array(ruleBody), ...pageOf }) },
    handle: async ({ query, caller: { workspace } }) => {
      const { items, total } = await deps.gitTriggerRules.list(workspace, query);
      const rules = await Promise.all(items.map((rule) => shown(deps, workspace, rule)));
      return { status: 200, body: { rules, total, ...query } };
    },
  });

const get = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/git-trigger-rules/:id',
    operationId: 'getGitTriggerRule',
    summary: 'A rule',
    tags,
    permission: 'integrations:view',
    params: idParams,
    responses: { 200: ruleBody },
    handle: async ({ params: { id }, caller: { workspace } }) =>
      answer(
        200,
        await shown(deps, workspace, found(await deps.gitTriggerRules.get(workspace, id), `git trigger rule ${id}`)),
      ),
  });

const update = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/git-trigger-rules/:id',
    operationId: 'updateGitTriggerRule',
    summary: 'Change a rule',
    tags,
    permission: 'integrations:manage',
    headers: [IF_MATCH],
    params: idParams,
    body: ruleRequest,
    example: EXAMPLE,
    responses: { 200: ruleBody },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const edit = { id, seen: requiredVersion(headers) };
      const held = found(await deps.gitTriggerRules.get(caller.workspace, id), `git trigger rule ${id}`);
      const content = await contentFor(deps, caller, body, held);
      const change = { content, secret: body.secret };
      const changed = accepted(await deps.gitTriggerRules.update(caller, edit, change));
      return answer(200, await shown(deps, caller.workspace, changed));
    },
  });

const remove = ({ gitTriggerRules }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/git-trigger-rules/:id',
    operationId: 'deleteGitTriggerRule',
    summary: 'Delete a rule',
    tags,
    permission: 'integrations:manage',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await gitTriggerRules.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

const deliveries = ({ gitTriggerRules, gitDeliveries }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/git-trigger-rules/:id/deliveries',
    operationId: 'listGitDeliveries',
    summary: 'What came for a rule, newest first',
    tags,
    permission: 'integrations:view',
    params: idParams,
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ deliveries: z.array(deliveryBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await gitTriggerRules.get(workspace, id), `git trigger rule ${id}`);
      const { items, total } = await gitDeliveries.list(workspace, id, query);
      return { status: 200, body: { deliveries: items.map(deliveryOf), total, ...query } };
    },
  });

export const gitRuleRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, update, remove, deliveries].map((route) => route(deps));
