import { traceIdOf } from '@testmesh/domain';
import { type Logger, pino } from 'pino';

/** One JSON line per message; secrets never reach it, since what is logged are ids, codes and masked texts. */
export type Log = Logger;

export const openLog = (service: string, level: string = process.env['TESTMESH_LOG_LEVEL'] ?? 'info'): Log =>
  pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: { log: withTrace },
    serializers: { err: errorFields },
  });

/** A line about a run can be found with the run's trace. */
const withTrace = (fields: Record<string, unknown>): Record<string, unknown> =>
  typeof fields['run'] === 'string' ? { ...fields, trace_id: traceIdOf(fields['run']) } : fields;

// Drivers hang their whole connection on an error; a log says what went wrong and where.
const errorFields = (error: unknown): Readonly<Record<string, unknown>> => {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack } = error;
  const { code } = error as NodeJS.ErrnoException;
  return { name, message, ...(code !== undefined && { code }), stack };
};

/** What a loop could not do, as a line; the loop goes on by itself. */
export const faultLog =
  (log: Log) =>
  ({ loop, error }: { readonly loop: string; readonly error: unknown }): void => {
    log.warn({ loop, err: error }, `${loop}: ${error instanceof Error ? error.message : String(error)}`);
  };
