import { createHash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import type { SiteAgentStore } from '@testmesh/store-postgres';
import { sameHash } from '../access/api-key.ts';
import type { AgentCaller } from '../http/route.ts';

// Which runner at a site asks. Invariants:
// V1. Every request is held against the database: a revoked token opens nothing from that moment on.
// V2. A process of an agent says by a name of its own which one it is; what it holds is held under both names.

type Headers = Readonly<Record<string, string | undefined>>;

const TOKEN = /^Bearer +(tm_agent_[0-9a-f]{48}) *$/i;
const PREFIX_LENGTH = 13;
const INSTANCE = /^[A-Za-z0-9_.-]{1,64}$/;
const MINUTE_MS = 60_000;
const REMEMBERED = 10_000;

/** How the names of all processes of an agent begin. */
export const executorPrefix = (name: string): string => `agent:${name}/`;

/** Knows agents by their tokens, and remembers now and then that they came. */
export const agentAuthentication = (
  agents: Pick<SiteAgentStore, 'tokensByPrefix' | 'seen'>,
  now: () => number,
): ((headers: Headers) => Promise<AgentCaller>) => {
  const seenAt = new Map<string, number>();
  const remember = (id: string): void => {
    if (now() - (seenAt.get(id) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
    if (seenAt.size >= REMEMBERED) seenAt.delete(seenAt.keys().next().value as string);
    seenAt.set(id, now());
    // When it came last is for people to look at: a request does not fail over it.
    agents.seen(id).catch(() => seenAt.delete(id));
  };
  return async (headers) => {
    const text = TOKEN.exec(headers['authorization'] ?? '')?.[1];
    if (text === undefined) throw unknownAgent('send the token of a site agent: `Authorization: Bearer tm_agent_…`');
    const hash = createHash('sha256').update(text).digest('hex');
    const found = (await agents.tokensByPrefix(text.slice(0, PREFIX_LENGTH))).find((one) => sameHash(one.hash, hash));
    if (found === undefined) throw unknownAgent('the token of this agent is not known, has expired or was revoked');
    remember(found.agentId);
    const { agentId, name, workspace, pools } = found;
    return { agentId, name, workspace, pools, executor: `${executorPrefix(name)}${instanceIn(headers)}` };
  };
};

/** Where there are no agents. */
export const noAgents = async (): Promise<AgentCaller> => {
  throw unknownAgent('this server has no site agents');
};

export const unknownAgent = (detail: string): Problem =>
  new Problem('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer realm="testmesh agent"' } });

const instanceIn = (headers: Headers): string => {
  const instance = headers['testmesh-instance'] ?? '';
  if (INSTANCE.test(instance)) return instance;
  const message = 'Testmesh-Instance names the process: up to 64 letters, digits, dots, dashes and underscores';
  throw new Problem('invalid-request', message);
};
