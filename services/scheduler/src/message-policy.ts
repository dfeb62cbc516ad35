import { type OperatorRules, outboundPolicy } from '@testmesh/outbound';
import type { OutboundPolicy } from '@testmesh/ports';

interface Rules {
  readonly get: (
    workspace: string,
    kind: 'outbound',
  ) => Promise<{ readonly content: { readonly deny: readonly string[] } }>;
}

/**
 * What a workspace's messages may reach: what its operator lets it, but for what the workspace denies. A list of what its runs
 * may reach does not name the places where people read messages, and does not bind them.
 */
export const messagePolicy =
  (rules: Rules, operator: OperatorRules) =>
  async (workspace: string): Promise<OutboundPolicy> => {
    const { deny } = (await rules.get(workspace, 'outbound')).content;
    return outboundPolicy(operator, { allow: null, deny });
  };
