// The connections of a service. Nothing that waits for PostgreSQL waits for ever:
// P1. A free connection comes within `connectMs`, an answer within `answerMs`, a row's lock within `lockMs`; else it is an error.
// P2. The server stops a statement that takes too long; a connection that stays silent after that is thrown away, for whatever
//     it still says would be taken for the answer to something else.
// P3. Who holds a transaction open and says nothing loses it, and with it the locks: nobody waits for a frozen process.
// P4. Closing takes no longer than `CLOSE_MS`, also when nobody answers or somebody keeps a connection.
import type { Socket } from 'node:net';
import pg from 'pg';

export interface PoolSettings {
  readonly url: string;
  /** Connections at once; work waits for a free one. */
  readonly connections?: number | undefined;
  readonly application?: string | undefined;
  readonly waits?: Waits | undefined;
  /** Told when an idle connection breaks; the pool makes another one. */
  readonly onLost: (error: Error) => void;
}

/** How long to wait for PostgreSQL, in milliseconds. */
export interface Waits {
  readonly connectMs: number;
  readonly answerMs: number;
  readonly lockMs: number;
  readonly idleInTransactionMs: number;
}

/** Work in the background may take its time; a forgotten transaction holds back every reader of the journal, unseen. */
export const BACKGROUND_WAITS: Waits = {
  connectMs: 10_000,
  answerMs: 60_000,
  lockMs: 10_000,
  idleInTransactionMs: 15_000,
};

/** Somebody is waiting for the answer. */
export const REQUEST_WAITS: Waits = { ...BACKGROUND_WAITS, connectMs: 5000, answerMs: 20_000, lockMs: 5000 };

const CONNECTIONS = 10;
const CLOSE_MS = 5000;
/** After the server should have stopped a statement. */
const SILENCE_AFTER_MS = 2000;
const KEEP_ALIVE_MS = 10_000;

/** A connection that gave no answer for so long that it was thrown away. */
export class SilentDatabase extends Error {
  override readonly name = 'SilentDatabase';

  constructor(afterMs: number) {
    super(`PostgreSQL gave no answer within ${afterMs / 1000} s; the connection was thrown away`);
  }
}

export const openPool = ({ url, connections, application, onLost, waits = BACKGROUND_WAITS }: PoolSettings) => {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections ?? CONNECTIONS,
    connectionTimeoutMillis: waits.connectMs,
    statement_timeout: waits.answerMs,
    lock_timeout: waits.lockMs,
    idle_in_transaction_session_timeout: waits.idleInTransactionMs,
    // Statements that are sent together do not wait for each other's answers.
    pipeline: true,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    application_name: application ?? 'testmesh',
  });
  const sockets = new Set<Socket>();
  let isClosing = false;
  pool.on('error', (error) => {
    if (!isClosing) onLost(error);
  });
  pool.on('connect', (client) => {
    // While somebody holds a client the pool does not listen to it, and a connection that breaks then would end the process.
    // Whoever holds it is told by the query that fails.
    client.on('error', () => undefined);
    const socket = endSilence(client, waits.answerMs + SILENCE_AFTER_MS);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const close = async (): Promise<void> => {
    isClosing = true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
      resolve();
    }, CLOSE_MS);
    await Promise.race([pool.end(), late]).finally(() => clearTimeout(timer));
  };
  return { pool, close };
};

/** Breaks a connection on which somebody waits for an answer and nothing moves. */
const endSilence = (client: pg.PoolClient, silenceMs: number): Socket => {
  // The driver declares neither its socket nor whether it is waiting, and has no other way to let go of a connection.
  const driver = client as unknown as {
    readonly connection: { readonly stream: Socket };
    readonly readyForQuery: boolean;
  };
  const { stream } = driver.connection;
  stream.setTimeout(silenceMs);
  stream.on('timeout', () => {
    if (!driver.readyForQuery) stream.destroy(new SilentDatabase(silenceMs));
  });
  return stream;
};
