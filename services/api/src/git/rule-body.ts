import { randomBytes } from 'node:crypto';
import { Problem, placementParts } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type { GitDelivery, GitTriggerRule, GitTriggerRuleContent } from '@testmesh/store-postgres';
import * as z from 'zod';
import { environmentToRunIn, givenVariables, instant, json, placementOf, thingName } from '../configuration/wire.ts';

const providers = ['github', 'gitlab', 'gitea'] as const;
const kinds = ['push', 'pull_request'] as const;

const pattern = z.string().min(1).max(200);

export const ruleRequest = z
  .strictObject({
    name: thingName,
    provider: z.enum(providers),
    repository: z
      .string()
      .max(300)
      .regex(/^[\w.-]+(?:\/[\w.-]+)+$/, 'a repository is owner/name')
      .describe('`owner/name`, whatever its case'),
    branch_filter: z
      .union([pattern, z.array(pattern).min(1).max(20)])
      .default('*')
      .describe('`main`, `release/*`, `**`; for a pull request the branch it is to go into'),
    event_types: z
      .array(z.enum(kinds))
      .min(1)
      .max(2)
      .default([...kinds]),
    flow_id: z.guid().optional(),
    suite_id: z.guid().optional(),
    trigger_mode: z
      .literal('direct', 'a schedule fires by the clock: name the flow or the suite that is to run')
      .optional()
      .describe('the one way there is'),
    ...environmentToRunIn,
    variables: givenVariables.describe('beside GIT_SHA, GIT_BRANCH and GIT_REPOSITORY'),
    ...placementParts,
    enabled: z.boolean().default(true),
    secret: z
      .string()
      .min(16)
      .max(200)
      .regex(/^[\x21-\x7e]+$/, 'a secret has visible ASCII characters')
      .optional()
      .describe('what the host signs with; where none is given, one is made for a new rule and a kept one stays'),
  })
  .refine((body) => (body.flow_id === undefined) !== (body.suite_id === undefined), {
    error: 'say what to run: exactly one of flow_id and suite_id',
    path: ['suite_id'],
  })
  .meta({ id: 'GitTriggerRuleRequest' });
export type RuleRequest = z.output<typeof ruleRequest>;

export const newRuleSecret = (): string => randomBytes(32).toString('hex');

/** Names that a run gets from the commit itself. */
const OWN_VARIABLES: ReadonlySet<string> = new Set(['GIT_SHA', 'GIT_BRANCH', 'GIT_REPOSITORY']);

export const contentOf = (body: RuleRequest, environmentId: string | null): GitTriggerRuleContent => {
  const own = Object.keys(body.variables).find((name) => OWN_VARIABLES.has(name));
  if (own !== undefined) {
    const message = `${own} comes from the commit`;
    throw new Problem('invalid-request', message, { errors: [{ pointer: `/variables/${own}`, message }] });
  }
  return {
    name: body.name,
    provider: body.provider,
    repository: body.repository.toLowerCase(),
    branches: [body.branch_filter].flat(),
    events: [...new Set(body.event_types)],
    flowId: body.flow_id ?? null,
    suiteId: body.suite_id ?? null,
    environmentId,
    variables: body.variables as ValueMap,
    pool: body.pool,
    priority: body.priority,
    enabled: body.enabled,
  };
};

export const ruleBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    provider: z.enum(providers),
    repository: z.string(),
    branch_filter: z.array(z.string()),
    event_types: z.array(z.enum(kinds)),
    flow_id: z.guid().nullable(),
    suite_id: z.guid().nullable(),
    environment_id: z.guid().nullable(),
    variables: z.record(z.string(), json).describe('a secret as `{"$secret": NAME}`; sent so, it stays as it is'),
    ...placementOf,
    enabled: z.boolean(),
    webhook_path: z.string().describe('where the host sends its webhook, on this server'),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'GitTriggerRule' });

export const ruleOf = (rule: GitTriggerRule, variables: Record<string, never>): z.input<typeof ruleBody> => ({
  id: rule.id,
  name: rule.name,
  provider: rule.provider,
  repository: rule.repository,
  branch_filter: [...rule.branches],
  event_types: [...rule.events],
  flow_id: rule.flowId,
  suite_id: rule.suiteId,
  environment_id: rule.environmentId,
  variables,
  pool: rule.pool,
  priority: rule.priority,
  enabled: rule.enabled,
  webhook_path: `/api/v1/webhooks/${rule.provider}`,
  version: rule.version,
  created_at: rule.createdAt.toISOString(),
  updated_at: rule.updatedAt.toISOString(),
});

export const deliveryBody = z
  .object({
    id: z.guid(),
    delivery: z.string().describe('as the host calls it'),
    event: z.string(),
    branch: z.string(),
    sha: z.string(),
    status: z.enum(['received', 'started', 'failed']),
    run_id: z.string().nullable().describe('of the flow, or of the suite'),
    error: z.string().nullable(),
    received_at: instant,
  })
  .meta({ id: 'GitDelivery' });

export const deliveryOf = (delivery: GitDelivery): z.input<typeof deliveryBody> => ({
  id: delivery.id,
  delivery: delivery.delivery,
  event: delivery.event,
  branch: delivery.branch,
  sha: delivery.sha,
  status: delivery.status,
  run_id: delivery.status === 'started' ? delivery.runId : null,
  error: delivery.error,
  received_at: delivery.receivedAt.toISOString(),
});
