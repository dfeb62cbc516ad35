// The sessions of a run: one per connection, and one more for each parallel branch.
// C1. Steps that name the same connection, one after another, share one session, so `SET search_path` holds.
// C2. A session that the server or the network ended is replaced by a new one at the next step, in the same schema.
// C3. Sessions end with the run, and a schema the run created is dropped with it.
import { createHash } from 'node:crypto';
import type { ActionContext } from '@testmesh/action-kit';
import { type Address, parseAddress, showAddress } from './address.ts';
import type { ConnectionConfig } from './config.ts';
import { connect } from './connect.ts';
import type { Connection } from './database.ts';

/** Below this length masking by value would hide ordinary words as well. */
const SHORTEST_SECRET = 8;

export class Session {
  readonly address: Address;
  readonly #readFile: ActionContext['readFile'];
  readonly #outbound: ActionContext['outbound'];
  #current: Connection | undefined;
  #schema: string | undefined;

  constructor(address: Address, { readFile, outbound }: Pick<ActionContext, 'readFile' | 'outbound'>) {
    this.address = address;
    this.#readFile = readFile;
    this.#outbound = outbound;
  }

  /** The live connection, opened when there is none. */
  async connection(signal: AbortSignal): Promise<Connection> {
    if (this.#current?.isAlive() !== true) {
      this.#current = await this.#open(signal);
      if (this.#schema !== undefined) await this.#current.useSchema(this.#schema, signal);
    }
    return this.#current;
  }

  /** Makes a schema the current one, for as long as the session is used. */
  async useSchema(name: string, signal: AbortSignal): Promise<void> {
    const connection = await this.connection(signal);
    if (this.#schema !== name) await connection.useSchema(name, signal);
    this.#schema = name;
  }

  /** Drops a schema over a connection of its own: what this session holds open would stand in the way. */
  async dropSchema(name: string): Promise<void> {
    this.#schema = undefined;
    await this.close();
    const connection = await this.#open(new AbortController().signal);
    try {
      await connection.dropSchema(name);
    } finally {
      await connection.close();
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    if (current?.isAlive()) await current.close();
  }

  #open(signal: AbortSignal): Promise<Connection> {
    return connect({ address: this.address, outbound: this.#outbound, signal, readFile: this.#readFile });
  }
}

const keyOf = (address: Address): string => {
  const hash = createHash('sha256').update(JSON.stringify(address)).digest('hex');
  return `${showAddress(address)} ${hash.slice(0, 12)}`;
};

/** The session of this run, or of this branch, on a connection. */
export const sessionOf = (connection: ConnectionConfig, context: ActionContext): Promise<Session> => {
  const address = parseAddress(connection);
  const { password } = address;
  if (password !== undefined && password.length >= SHORTEST_SECRET) {
    context.secret(password);
    if (encodeURIComponent(password) !== password) context.secret(encodeURIComponent(password));
  }
  return context.use(
    { kind: 'sql session', key: keyOf(address), scope: 'branch' },
    async () => new Session(address, context),
    (session) => session.close(),
  );
};

/** Creates a schema, once per run, and makes it the session's current one; it is dropped when the run ends. */
export const enterSchema = async (session: Session, name: string, context: ActionContext): Promise<void> => {
  await context.use(
    // Bound: the session that looks into it, and the promise to drop it, end with this process.
    { kind: 'sql schema', key: `${name} in ${keyOf(session.address)}`, bound: true },
    async () => (await session.connection(context.signal)).createSchema(name, context.signal),
    () => session.dropSchema(name),
  );
  await session.useSchema(name, context.signal);
};
