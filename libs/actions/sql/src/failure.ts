// Why a statement could not be carried out, as a sentence with the address and the cause; never with a password.
import { isNativeError } from 'node:util/types';
import { refusalWithin } from '@testmesh/outbound';
import { type Address, showAddress, UnusableConnection } from './address.ts';
import { ConnectFailed, ConnectionLost, StatementFailed } from './database.ts';
import { ParameterMismatch } from './parameters.ts';
import { ResultTooLarge } from './result.ts';

export interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly help?: string;
}

/** The query took longer than its own `timeout`. */
export class QueryTimeout extends Error {}

/** The failure an error stands for; undefined when it is none of the database's and must be thrown on. */
export const explainFailure = (error: unknown, address: Address | undefined): Failure | undefined => {
  const refused = refusalWithin(error);
  if (refused !== undefined) return refused;
  if (error instanceof UnusableConnection) return { code: 'TM4101', reason: error.message };
  if (error instanceof QueryTimeout) return { code: 'TM4102', reason: error.message };
  if (error instanceof ParameterMismatch) return { code: 'TM4103', reason: error.message };
  if (error instanceof StatementFailed) return statementFailure(error);
  if (address === undefined) return undefined;
  if (error instanceof ResultTooLarge) {
    return {
      code: 'TM4104',
      reason: 'the result is larger than `max_result_size` allows; the query was cancelled',
      help: 'select less, keep the first rows with `max_rows`, or raise `max_result_size`',
    };
  }
  if (error instanceof ConnectFailed) return connectFailure(error.cause, address);
  if (error instanceof ConnectionLost) {
    const reason = `the connection to ${showAddress(address)} was lost during the query: ${error.message}`;
    return { code: 'TM4105', reason };
  }
  return undefined;
};

const codeOf = (error: unknown): string | undefined =>
  isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

const statementFailure = ({ message, code, help, position, query }: StatementFailed): Failure => ({
  code,
  reason: position === undefined ? message : `${message}, ${placeIn(query, position)}`,
  ...(help !== undefined && { help }),
});

const SHOWN_AFTER = 40;

/** Where in the query; `position` counts characters from 1. */
const placeIn = (query: string, position: number): string => {
  const characters = [...query];
  const lines = characters
    .slice(0, position - 1)
    .join('')
    .split('\n');
  const column = [...(lines.at(-1) ?? '')].length + 1;
  const rest = characters
    .slice(position - 1)
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
  const shown = rest.length > SHOWN_AFTER ? `${rest.slice(0, SHOWN_AFTER)}…` : rest;
  return `at line ${lines.length}, column ${column} of the query: ${shown}`;
};

type Explain = (address: Address, message: string) => string;

const place = ({ host, port }: Address): string => (host.startsWith('/') ? host : `${host}:${port}`);
const badPassword: Explain = (address) => `${place(address)} does not accept the password of user "${address.user}"`;
const noDatabase: Explain = (address) => `there is no database "${address.database}" at ${place(address)}`;
const silent: Explain = (address) => `${place(address)} did not answer the connection attempt in time`;

const CONNECT_CAUSES: Readonly<Record<string, Explain>> = {
  ECONNREFUSED: (address) => `nothing listens at ${place(address)} (connection refused)`,
  ENOENT: (address) => `there is no database socket in ${address.host}`,
  ENOTFOUND: ({ host }) => `the host name ${host} is not known`,
  EAI_AGAIN: ({ host }) => `the host name ${host} could not be looked up: the name server did not answer`,
  EHOSTUNREACH: (address) => `${place(address)} cannot be reached from here`,
  ENETUNREACH: (address) => `${place(address)} cannot be reached from here`,
  ETIMEDOUT: silent,
  '28P01': badPassword,
  '28000': (address, message) => `${place(address)} does not let user "${address.user}" in: ${message}`,
  '3D000': noDatabase,
  '53300': (address) => `${place(address)} has no free connection`,
  '57P03': (address, message) => `${place(address)} is not ready: ${message}`,
  ER_ACCESS_DENIED_ERROR: badPassword,
  ER_DBACCESS_DENIED_ERROR: (address) => `user "${address.user}" may not use the database "${address.database}"`,
  ER_BAD_DB_ERROR: noDatabase,
  ER_CON_COUNT_ERROR: (address) => `${place(address)} has no free connection`,
};

const connectFailure = (cause: unknown, address: Address): Failure => {
  const message = isNativeError(cause) ? cause.message : String(cause);
  const code = codeOf(cause) ?? (/timeout/i.test(message) ? 'ETIMEDOUT' : 'TM4105');
  const explain = CONNECT_CAUSES[code];
  const reason = explain?.(address, message) ?? `cannot connect to ${showAddress(address)}: ${message}`;
  return { code, reason };
};
