import { type OperatorRules, outboundPolicy, type WorkspaceRules } from '@testmesh/outbound';
import type { OutboundPolicy } from '@testmesh/ports';

interface Rules {
  readonly get: (workspace: string, kind: 'outbound') => Promise<{ readonly content: WorkspaceRules }>;
}

/** What the runs of a workspace may reach, as its rules stand when a run begins. */
export const outboundOf =
  (rules: Rules, operator: OperatorRules) =>
  async (workspace: string): Promise<OutboundPolicy> =>
    outboundPolicy(operator, (await rules.get(workspace, 'outbound')).content);
