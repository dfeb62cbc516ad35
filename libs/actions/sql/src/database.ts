// What the actions need of a database, whatever its driver.
import type { ActionContext } from '@testmesh/action-kit';
import type { Address } from './address.ts';
import type { StatementConfig } from './config.ts';
import type { Params } from './parameters.ts';
import type { RowLimits, StatementResult } from './result.ts';

export interface Sql {
  readonly query: string;
  readonly params: Params | undefined;
}

export const sqlOf = (statement: StatementConfig): Sql =>
  typeof statement === 'string'
    ? { query: statement, params: undefined }
    : { query: statement.query, params: statement.params };

/** One session on a server: settings, temporary tables and transactions last as long as it does. */
export interface Connection {
  /** False once the server or the network has ended the session. */
  readonly isAlive: () => boolean;
  /** Runs one statement, or several when there are no parameters; cancels it on the server when the signal aborts. */
  readonly run: (sql: Sql, limits: RowLimits, signal: AbortSignal) => Promise<StatementResult[]>;
  /** Fails when there is one of that name: what others made must never be dropped. */
  readonly createSchema: (name: string, signal: AbortSignal) => Promise<void>;
  readonly useSchema: (name: string, signal: AbortSignal) => Promise<void>;
  /** Drops a schema with everything in it. */
  readonly dropSchema: (name: string) => Promise<void>;
  /** Ends the session; an open transaction is rolled back. */
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  readonly address: Address;
  readonly outbound?: ActionContext['outbound'];
  readonly signal: AbortSignal;
  readonly readFile: (path: string) => Promise<Uint8Array>;
}

/** The server's answer to a statement it did not carry out. */
export class StatementFailed extends Error {
  readonly code: string;
  readonly help: string | undefined;
  /** Where in the text, counted in characters from 1. */
  readonly position: number | undefined;
  readonly query: string;

  constructor(
    message: string,
    about: { code: string; query: string; help?: string | undefined; position?: number | undefined; cause: unknown },
  ) {
    super(message, { cause: about.cause });
    this.code = about.code;
    this.query = about.query;
    this.help = about.help;
    this.position = about.position;
  }
}

/** The session ended while a statement was under way. */
export class ConnectionLost extends Error {}

/** No session could be had; the cause is the driver's error. */
export class ConnectFailed extends Error {}
