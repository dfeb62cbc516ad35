import type { components } from '@testmesh/client';
import { parseDuration } from '@testmesh/contracts';
import { CommandEnd } from '../exit-code.ts';
import { ask, everyItem, type ServerOptions, tell } from '../remote/ask.ts';
import { table } from '../terminal/table.ts';

// Site agents of a server. One is known by its id or its name. A token goes to stdout alone, so that it can be piped.

type Agent = components['schemas']['SiteAgent'];

const everyAgent = (options: ServerOptions): Promise<readonly Agent[]> =>
  everyItem(
    options,
    (client, query) => client.GET('/api/v1/agents', { params: { query } }),
    (data: { agents: Agent[] }) => data.agents,
  );

const oneAgent = async (wanted: string, options: ServerOptions): Promise<Agent> => {
  const found = (await everyAgent(options)).find(({ id, name }) => [id, name].includes(wanted));
  if (found === undefined) throw new CommandEnd('nothing_matched', `the server has no site agent ${wanted}`);
  return found;
};

export const listAgents = async (options: ServerOptions): Promise<void> => {
  const found = await everyAgent(options);
  if (options.json === true) return void process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  const rows = found.map(({ name, pools, labels, host, version, last_seen_at, revoked_at }) => [
    name,
    pools.join(','),
    Object.entries(labels)
      .map((pair) => pair.join('='))
      .join(','),
    host ?? '-',
    version ?? '-',
    revoked_at === null ? (last_seen_at ?? 'never') : 'revoked',
  ]);
  process.stdout.write(table(['NAME', 'POOLS', 'LABELS', 'HOST', 'VERSION', 'LAST SEEN'], rows));
};

export interface CreateOptions extends ServerOptions {
  readonly pools?: string;
}

/** Makes one and prints its token. */
export const createAgent = async (name: string, options: CreateOptions): Promise<void> => {
  const pools = (options.pools ?? name).split(',').map((pool) => pool.trim());
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const made = await ask(options, (client) => client.POST('/api/v1/agents', { body: { name, pools }, headers }));
  printToken(made);
};

export interface RotateOptions extends ServerOptions {
  readonly overlap: string;
}

/** Prints a new token; the one before goes on for the overlap. */
export const rotateAgent = async (wanted: string, options: RotateOptions): Promise<void> => {
  const overlapMs = parseDuration(options.overlap);
  if (overlapMs === undefined) throw new CommandEnd('usage', `--overlap ${options.overlap} is no duration such as 1h`);
  const path = { id: (await oneAgent(wanted, options)).id };
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const body = { overlap_seconds: Math.round(overlapMs / 1000) };
  const made = await ask(options, (client) =>
    client.POST('/api/v1/agents/{id}/rotate', { params: { path }, body, headers }),
  );
  printToken(made);
};

const printToken = ({ name, pools, token }: components['schemas']['NewSiteAgent']): void => {
  process.stderr.write(`site agent ${name} · pools ${pools.join(', ')} · its token is shown this once:\n`);
  process.stdout.write(`${token}\n`);
};

/** Shuts one out at once. */
export const revokeAgent = async (wanted: string, options: ServerOptions): Promise<void> => {
  const path = { id: (await oneAgent(wanted, options)).id };
  await tell(options, (client) => client.DELETE('/api/v1/agents/{id}', { params: { path } }));
  process.stdout.write(`site agent ${wanted} is revoked\n`);
};
