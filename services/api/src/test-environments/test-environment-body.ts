import type { TestEnvironmentSpec, TestEnvironmentStatus } from '@testmesh/domain';
import type { StoredTestEnvironment } from '@testmesh/ports';
import * as z from 'zod';
import { instant, thingName } from '../configuration/wire.ts';

const service = z.strictObject({
  name: thingName,
  image: z.string().max(500).optional(),
  source_ref: z.string().max(200).optional(),
  repo: z.string().max(500).optional(),
});

const serviceUrl = z
  .string()
  .max(2000)
  .regex(/^(?:https?|grpcs?|tcp):\/\/[^\s/]\S*$/, 'a service is reached at an http, https, grpc, grpcs or tcp URL');

export const testEnvironmentRequest = z
  .strictObject({
    name: thingName,
    context: z.string().trim().min(1).max(200).describe('what runs ask for: `pr-123`, `branch-main`, `nightly`'),
    namespace: z.string().min(1).max(63),
    provider: z.string().min(1).max(50).default('argocd'),
    provider_app_name: z.string().min(1).max(253).optional().describe('the Argo CD Application that is waited for'),
    cluster: z.string().min(1).max(100).default('default'),
    ttl_minutes: z.int().min(1).max(43_200).default(120).describe('it is destroyed when no run used it for so long'),
    ready_within_minutes: z.int().min(1).max(240).default(15),
    services: z.array(service).max(200).default([]),
    routing_policy: z.record(z.string().min(1).max(200), serviceUrl).default({}).describe('service name to URL'),
  })
  .meta({ id: 'TestEnvironmentRequest' });

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

export const specOf = (request: z.output<typeof testEnvironmentRequest>): TestEnvironmentSpec => ({
  name: request.name,
  context: request.context,
  cluster: request.cluster,
  provider: request.provider,
  namespace: request.namespace,
  ...(request.provider_app_name !== undefined && { applicationName: request.provider_app_name }),
  ttlMinutes: request.ttl_minutes,
  readyWithinMinutes: request.ready_within_minutes,
  services: request.services.map(({ name, image, repo, source_ref }) => ({
    name,
    ...(image !== undefined && { image }),
    ...(repo !== undefined && { repo }),
    ...(source_ref !== undefined && { sourceRef: source_ref }),
  })),
  routingPolicy: request.routing_policy,
  settings: {},
});

const isoOf = (ms: number): string => new Date(ms).toISOString();

export const testEnvironmentOf = ({
  id,
  workspace,
  state,
}: StoredTestEnvironment): z.input<typeof testEnvironmentBody> => ({
  id,
  workspace_id: workspace,
  ...writtenSpec(state.spec),
  state: state.status,
  error: state.error ?? null,
  destroying: state.destroying !== undefined && state.status !== 'destroyed',
  destroy_reason: state.destroying?.reason ?? null,
  run_id: state.status === 'running' ? state.run : null,
  last_used_at: isoOf(state.lastUsedAt),
  created_at: isoOf(state.registeredAt),
  destroyed_at: state.status === 'destroyed' ? isoOf(state.destroyedAt) : null,
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
});
