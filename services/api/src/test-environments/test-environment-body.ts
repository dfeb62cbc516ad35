import { testEnvironmentParts } from '@testmesh/contracts';
import type { TestEnvironmentSpec, TestEnvironmentStatus } from '@testmesh/domain';
import type { StoredTestEnvironment } from '@testmesh/ports';
import * as z from 'zod';
import { instant } from '../configuration/wire.ts';

export const testEnvironmentRequest = z.strictObject(testEnvironmentParts).meta({ id: 'TestEnvironmentRequest' });

const STATES = [
  'cold',
  'provisioning',
  'warm',
  'running',
  'cooling',
  'destroyed',
] as const satisfies readonly TestEnvironmentStatus[];

export const testEnvironmentBody = z
  .object({
    id: z.guid(),
    workspace_id: z.string(),
    ...testEnvironmentRequest.shape,
    provider_app_name: z.string().nullable(),
    routing: z.object({ headers: z.record(z.string(), z.string()) }),
    addresses: z
      .record(z.string(), z.string())
      .describe('where runs reach a service: what `routing_policy` says, else what the provider found'),
    state: z.enum(STATES),
    error: z.string().nullable().describe('what is wrong with it'),
    destroying: z.boolean(),
    destroy_reason: z.string().nullable(),
    run_id: z.string().nullable().describe('the run that uses it'),
    last_used_at: instant,
    created_at: instant,
    destroyed_at: instant.nullable(),
  })
  .meta({ id: 'TestEnvironment' });

const isoOf = (ms: number): string => new Date(ms).toISOString();

export const testEnvironmentOf = ({
  id,
  workspace,
  state,
}: StoredTestEnvironment): z.input<typeof testEnvironmentBody> => ({
  id,
  workspace_id: workspace,
  ...writtenSpec(state.spec),
  addresses: addressesOf(state),
  state: state.status,
  error: state.error ?? null,
  destroying: state.destroying !== undefined && state.status !== 'destroyed',
  destroy_reason: state.destroying?.reason ?? null,
  run_id: state.status === 'running' ? state.run : null,
  last_used_at: isoOf(state.lastUsedAt),
  created_at: isoOf(state.registeredAt),
  destroyed_at: state.status === 'destroyed' ? isoOf(state.destroyedAt) : null,
});

const addressesOf = ({ resources, spec }: StoredTestEnvironment['state']) => ({
  ...Object.fromEntries(resources.flatMap(({ name, url }) => (url === undefined ? [] : [[name, url]]))),
  ...spec.routingPolicy,
});

const writtenSpec = (spec: TestEnvironmentSpec) => ({
  name: spec.name,
  context: spec.context,
  namespace: spec.namespace,
  provider: spec.provider,
  provider_app_name: spec.applicationName ?? null,
  cluster: spec.cluster,
  ttl_minutes: spec.ttlMinutes,
  ready_within_minutes: spec.readyWithinMinutes,
  services: spec.services.map(({ sourceRef, ...service }) => ({
    ...service,
    ...(sourceRef && { source_ref: sourceRef }),
  })),
  routing_policy: { ...spec.routingPolicy },
  routing: { headers: { ...spec.routingHeaders } },
  settings: spec.settings as Record<string, never>,
});
