import { testEnvironmentParts } from '@testmesh/contracts';
import * as z from 'zod';
import { limit, offset } from '../configuration/wire.ts';
import { epoch, leaseMs } from './wire.ts';

// What agents and the server say to each other of test environments; the other side is `remote-environments.ts` of
// `libs/adapters/journal-remote`.

const parts = testEnvironmentParts;
const environmentId = z.string().regex(/^[\w-]{1,64}$/);

/** How an environment is made where there is none: as `TestEnvironmentSpec` has it. */
const spec = z
  .strictObject({
    name: parts.name,
    context: parts.context,
    cluster: parts.cluster.unwrap(),
    provider: parts.provider.unwrap(),
    namespace: parts.namespace,
    applicationName: parts.provider_app_name,
    ttlMinutes: parts.ttl_minutes.unwrap(),
    readyWithinMinutes: parts.ready_within_minutes.unwrap(),
    services: z
      .array(
        z.strictObject({
          name: parts.name,
          image: z.string().max(500).optional(),
          sourceRef: z.string().max(200).optional(),
          repo: z.string().max(500).optional(),
        }),
      )
      .max(200),
    routingPolicy: parts.routing_policy.unwrap(),
    routingHeaders: parts.routing.unwrap().shape.headers.unwrap().optional(),
    settings: parts.settings.unwrap(),
  })
  .meta({ id: 'AgentEnvironmentSpec' });

const status = z.enum(['cold', 'provisioning', 'warm', 'cooling', 'running']);

export const acquireRequest = z
  .strictObject({
    epoch,
    context: parts.context,
    on_busy: z.enum(['wait', 'new', 'fail']),
    environment: z.strictObject({ id: environmentId, spec: spec.optional() }).describe('made where there is none'),
    lease_ms: leaseMs,
    keep_place_ms: z.int().min(1000).max(60_000).describe('a run that does not ask again within it waits no more'),
    awaited: z
      .strictObject({ id: environmentId, status })
      .optional()
      .describe('what it was told last that it waits for'),
    wait_ms: z
      .int()
      .min(0)
      .max(20_000)
      .default(0)
      .describe('for so long the answer may wait for it to stand otherwise'),
  })
  .meta({ id: 'AgentEnvironmentRequest' });

export const acquireBody = z
  .object({
    outcome: z.enum(['acquired', 'waiting', 'failed', 'busy', 'none', 'refused']),
    id: environmentId.optional(),
    epoch: z.int().optional().describe('of the environment: the fencing token'),
    spec: z.unknown().optional(),
    resources: z.array(z.unknown()).optional().describe('where its services are reached'),
    status: status.optional(),
    error: z.string().optional(),
    holder: z.string().optional(),
    refusal: z.enum(['NamespaceTaken', 'ApplicationTaken']).optional(),
  })
  .meta({ id: 'AgentEnvironmentAnswer' });

const lease = { epoch, environment: environmentId, environment_epoch: epoch };
export const extendRequest = z.strictObject({ ...lease, lease_ms: leaseMs }).meta({ id: 'AgentEnvironmentLease' });
export const extendBody = z.object({ held: z.boolean() }).meta({ id: 'AgentEnvironmentHeld' });
export const giveBackRequest = z
  .strictObject({ ...lease, reason: z.string().max(2000) })
  .meta({ id: 'AgentEnvironmentReturn' });

export const environmentParams = z.strictObject({ id: environmentId });
export const environmentsQuery = z.strictObject({
  context: parts.context.optional(),
  include_destroyed: z.stringbool().default(false),
  limit: limit(20),
  offset,
});
export const environmentBody = z
  .object({ id: environmentId, workspace: z.string(), state: z.unknown().describe('as its history gives it') })
  .meta({ id: 'AgentEnvironment' });
export const environmentsBody = z
  .object({ environments: z.array(environmentBody), total: z.int() })
  .meta({ id: 'AgentEnvironments' });
