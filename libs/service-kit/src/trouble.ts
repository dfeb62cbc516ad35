import { SilentDatabase } from './pool.ts';

// What SQLSTATE classes and codes say that a moment may cure: broken connections, full disks and too many connections, a server
// that is being stopped, failing disks; a read-only replica, an open transaction that was ended, deadlocks, locks that never came.
const PASSING_CLASSES: ReadonlySet<string> = new Set(['08', '53', '57', '58']);
const PASSING_CODES: ReadonlySet<string> = new Set(['25006', '25P03', '40001', '40P01', '55P03']);
const SOCKET_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What the driver says of connections has no code. */
const DRIVER_WORDS = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
];

/** Whether it is the database that cannot work just now: to ask again later makes sense. */
export const isDatabaseTrouble = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if (error instanceof SilentDatabase) return true;
  const { code } = error as { readonly code?: unknown };
  if (typeof code === 'string') {
    return PASSING_CLASSES.has(code.slice(0, 2)) || PASSING_CODES.has(code) || SOCKET_CODES.has(code);
  }
  if (error instanceof AggregateError) return error.errors.some(isDatabaseTrouble);
  return DRIVER_WORDS.some((words) => error.message.startsWith(words));
};
