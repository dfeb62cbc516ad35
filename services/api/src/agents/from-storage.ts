import type { ActionCatalogue } from '@testmesh/flow';
import type { Clock, Wakeups } from '@testmesh/ports';
import type { Storage } from '@testmesh/service-kit';
import type { ApiDeps } from '../create-api.ts';
import type { Route } from '../http/route.ts';
import { agentAuthentication } from './agent-authentication.ts';
import { agentRoutes } from './agent-routes.ts';
import { EntryFlows } from './entry-flows.ts';
import { knownSecrets } from './known-secrets.ts';
import { SiteGuard } from './site-guard.ts';

export interface AgentSettings {
  readonly storage: Storage;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly catalogue: ActionCatalogue;
}

/** Site agents over PostgreSQL: who they are, and what they may ask. */
export const agentsFromStorage = ({
  storage,
  wakeups,
  clock,
  catalogue,
}: AgentSettings): { readonly agentOf: NonNullable<ApiDeps['agentOf']>; readonly routes: readonly Route[] } => {
  const { journal, queue, blobs, holdings, siteAgents, idempotency, runSecrets: secrets } = storage;
  const environments = storage.testEnvironments;
  const flows = new EntryFlows({ blobs, catalogue });
  const guard = new SiteGuard({
    holdings,
    journal,
    blobs,
    secrets: (runId, bundle) => knownSecrets({ secrets, flows, catalogue }, runId, bundle),
    isLive: siteAgents.isLive,
  });
  const outbound = async (workspace: string) => (await storage.workspaceRules.get(workspace, 'outbound')).content;
  return {
    agentOf: agentAuthentication(siteAgents, clock.now),
    routes: agentRoutes({
      ...{ siteAgents, holdings, queue, journal, secrets, blobs, wakeups, clock, guard, outbound, idempotency },
      environments,
      seen: siteAgents.seen,
      tell: storage.siteAgentProcesses.tell,
      siteAgentProcesses: storage.siteAgentProcesses,
    }),
  };
};
