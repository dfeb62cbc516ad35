import type { TestScheduler } from './scheduler.fixture.ts';

/** A run of a stored flow as it is asked for; what it is of is never carried out. */
export const requested = (
  { caller: { workspace } }: TestScheduler,
  flowId: string,
  runId: string,
  trigger: { readonly kind: 'api' | 'schedule'; readonly id?: string } = { kind: 'api' },
) => ({
  runId,
  workspace,
  pool: 'default',
  priority: 0,
  exclusive: [],
  event: {
    id: `request-${runId}`,
    stream: `run-${runId}`,
    type: 'RunRequested',
    sv: 1,
    workspace,
    epoch: 0,
    actor: 'test',
    time: Date.now() * 1000,
    data: {
      flow: { id: flowId, name: 'f', file: 'f.yaml', hash: 'x' },
      environment: 'staging',
      variables: {},
      tags: [],
      trigger,
    },
  },
});
