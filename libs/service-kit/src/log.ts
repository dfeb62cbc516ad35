import { traceIdOf } from '@testmesh/domain';
import { type Logger, pino } from 'pino';
import { endWith, StartRefused } from './start-refused.ts';

/** One JSON line per message; secrets never reach it, since what is logged are ids, codes and masked texts. */
export type Log = Logger;

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The level that TESTMESH_LOG_LEVEL names, or what it is by default; any other is refused. */
export const logLevel = (environment: NodeJS.ProcessEnv, byDefault: string): string => {
  const level = environment['TESTMESH_LOG_LEVEL'] || byDefault;
  if (!LEVELS.includes(level)) throw new StartRefused(`TESTMESH_LOG_LEVEL=${level} is none of ${LEVELS.join(', ')}`);
  return level;
};

/** The log of a process: a level that is none ends it there, in a line of the usual level. */
export const processLog = (service: string): Log => {
  try {
    return openLog(service, logLevel(process.env, 'info'));
  } catch (error) {
    endWith(openLog(service, 'info'), error);
    process.exit();
  }
};

export const openLog = (service: string, level: string): Log =>
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

const REMIND_MS = 5 * 60_000;

interface Outage {
  readonly loop: string;
  readonly faults: number;
  readonly lastedMs: number;
}

/**
 * What a loop could not do, as a line; the loop goes on by itself. Of what fails again and again the first is told whole,
 * and every few minutes that it still does; `overLog` tells when it does not any more.
 */
export const faultLog = (log: Log, now: () => number = performance.now.bind(performance)) => {
  const toldAt = new Map<string, number>();
  return ({ loop, error, inARow = 1 }: Fault): void => {
    const text = error instanceof Error ? error.message : String(error);
    if (inARow === 1) {
      toldAt.set(loop, now());
      log.warn({ loop, err: error }, `${loop}: ${text}`);
    } else if (now() - (toldAt.get(loop) ?? 0) >= REMIND_MS) {
      toldAt.set(loop, now());
      log.warn({ loop, faults: inARow }, `${loop}: still, for the ${inARow}th time: ${text}`);
    }
  };
};

interface Fault {
  readonly loop: string;
  readonly error: unknown;
  readonly inARow?: number;
}

/** That a loop works again, as a line. */
export const overLog =
  (log: Log) =>
  ({ loop, faults, lastedMs }: Outage): void => {
    log.info({ loop, faults, lastedMs: Math.round(lastedMs) }, `${loop}: works again`);
  };
