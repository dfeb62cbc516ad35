import type { TestEnvironmentStatus } from '@testmesh/domain';
import type { EnvironmentReport } from '@testmesh/views';
import * as z from 'zod';

// The test environment of a run as it goes over the wire.

const STATES = [
  'cold',
  'provisioning',
  'warm',
  'running',
  'cooling',
  'destroyed',
] as const satisfies readonly TestEnvironmentStatus[];

export const runEnvironmentBody = z
  .object({
    id: z.guid(),
    context: z.string(),
    waits_for: z
      .enum(STATES)
      .nullable()
      .describe('how the environment stood that the run waits for; null once it has it'),
    name: z.string().nullable(),
    namespace: z.string().nullable(),
    reused: z.boolean().nullable().describe('it was ready when the run came'),
    waited_ms: z.number().nullable(),
    services: z.array(
      z.object({
        name: z.string(),
        url: z.string(),
        where: z.enum(['namespace', 'base']).describe('base: beside the namespace, where everybody reaches it'),
      }),
    ),
  })
  .meta({ id: 'ExecutionTestEnvironment' });

export const runEnvironmentOf = (environment: EnvironmentReport): z.input<typeof runEnvironmentBody> => {
  const { id, context } = environment;
  if ('waitsFor' in environment) {
    const nothing = { name: null, namespace: null, reused: null, waited_ms: null, services: [] };
    return { id, context, waits_for: environment.waitsFor, ...nothing };
  }
  const { name, namespace, reused, waitedMs, routes } = environment;
  const services = routes.map(({ service, url, where }) => ({ name: service, url, where }));
  return { id, context, waits_for: null, name, namespace, reused, waited_ms: waitedMs, services };
};
