import type { ValueMap } from '@testmesh/domain';
import type { Transport } from './transport.ts';

/** What an agent says of itself. */
export interface AgentSelf {
  readonly version: string;
  readonly host: string;
  readonly slots: number;
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What the server made of it. */
export interface AgentSession {
  readonly workspace: string;
  readonly agent: string;
  /** Under which name the server knows this process. */
  readonly executor: string;
  readonly pools: readonly string[];
  /** Milliseconds since 1970. */
  readonly serverTime: number;
  /** Whether it gives runs of agents test environments: an older one does not. */
  readonly environments: boolean;
}

/** The version of the protocol that this side speaks. */
const PROTOCOL = 1;

/** Shows the token and is told what it may; rejects where the server refuses it, or one of the pools. */
export const openSession = async (transport: Pick<Transport, 'ask'>, self: AgentSelf): Promise<AgentSession> => {
  const body = { protocol: PROTOCOL, ...self } as unknown as ValueMap;
  const answer = (await transport.ask({ method: 'POST', path: '/api/v1/agent/session', body })) as ValueMap;
  return {
    workspace: String(answer['workspace']),
    agent: String(answer['agent']),
    executor: String(answer['executor']),
    pools: answer['pools'] as readonly string[],
    serverTime: Number(answer['server_time']),
    environments: answer['environments'] === true,
  };
};
