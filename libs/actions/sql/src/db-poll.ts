import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import { type AnyNumber, compareNumbers, isNumber, type Value, type ValueMap } from '@testmesh/domain';
import type { DbPollConfig, PollCondition } from './config.ts';
import { type Sql, StatementFailed } from './database.ts';
import { canStillAppear } from './not-yet.ts';
import { onSession } from './on-session.ts';
import { DEFAULT_MAX_BYTES } from './result.ts';
import { dbPollSchema } from './schema.ts';
import type { Session } from './session.ts';
import { shownExchange, trimmedRows } from './shown.ts';

/** Repeats a query until its condition holds; a table that is not there yet is waited for as well. */
export const dbPoll = defineAction({
  schema: dbPollSchema,
  run(config, context) {
    const { connection, query, params } = config;
    const sql: Sql = { query, params };
    return onSession({ connection, statements: [sql], context }, (session) => wait({ sql, session, config, context }));
  },
});

interface Wait {
  readonly sql: Sql;
  readonly session: Session;
  readonly config: DbPollConfig;
  readonly context: ActionContext;
}

const tryOnce = async ({ sql, session, context: { signal } }: Wait): Promise<readonly ValueMap[] | StatementFailed> => {
  const connection = await session.connection(signal);
  try {
    const results = await connection.run(sql, { maxRows: undefined, maxBytes: DEFAULT_MAX_BYTES }, signal);
    return results.findLast(({ returnedRows }) => returnedRows)?.rows ?? [];
  } catch (error) {
    if (error instanceof StatementFailed && canStillAppear(error)) return error;
    throw error;
  }
};

const wait = async (poll: Wait): Promise<ActionOutcome> => {
  const { clock, signal } = poll.context;
  const { timeout, interval, max_attempts: most = Number.POSITIVE_INFINITY, condition } = poll.config;
  const startedAt = clock.monotonic();
  for (let attempts = 1; ; attempts += 1) {
    const last = await tryOnce(poll);
    const durationMs = clock.monotonic() - startedAt;
    const success = !(last instanceof StatementFailed) && holds(condition, last);
    if (success || attempts >= most || durationMs + interval > timeout) {
      if (last instanceof StatementFailed) throw last;
      return ended(poll, { rows: last, success, attempts, durationMs });
    }
    await clock.sleep(interval, signal);
  }
};

interface Ended {
  readonly rows: readonly ValueMap[];
  readonly success: boolean;
  readonly attempts: number;
  readonly durationMs: number;
}

const ended = ({ sql, session, config }: Wait, { rows, success, attempts, durationMs }: Ended): ActionOutcome => {
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'} in ${Math.round(durationMs)} ms`;
  return {
    kind: 'completed',
    output: {
      success,
      rows,
      row_count: rows.length,
      first_row: rows[0] ?? null,
      attempts,
      duration_ms: Math.round(durationMs),
    },
    implied: [
      {
        expression: describe(config.condition),
        group: 'implied',
        passed: success,
        actual: trimmedRows(rows),
        ...(!success && { message: `${describe(config.condition)}: not after ${tries}` }),
        values: [],
      },
    ],
    exchange: {
      ...shownExchange([sql], session.address, { rows, rowsAffected: 0, returnedRows: true, durationMs, waited: true }),
    },
  };
};

const describe = (condition: PollCondition): string => {
  switch (condition.type) {
    case 'row_exists':
      return 'a row exists';
    case 'row_count':
      return `at least ${condition.min_count} rows exist`;
    case 'value_equals':
      return `some row has ${condition.column} == ${String(condition.value)}`;
    case 'value_not_null':
      return `some row has a ${condition.column}`;
  }
};

const holds = (condition: PollCondition, rows: readonly ValueMap[]): boolean => {
  switch (condition.type) {
    case 'row_exists':
      return rows.length > 0;
    case 'row_count':
      return rows.length >= condition.min_count;
    case 'value_equals':
      return rows.some((row) => isSame(row[condition.column], condition.value));
    case 'value_not_null':
      return rows.some((row) => (row[condition.column] ?? null) !== null);
  }
};

/** Equal by value, and text compared with a number by its text: `value: "5"` waits for 5. */
const isSame = (cell: Value | undefined, wanted: Value): boolean => {
  if (isNumber(cell) && isNumber(wanted)) return compareNumbers(cell as AnyNumber, wanted as AnyNumber) === 0;
  return cell !== undefined && cell !== null && String(cell) === String(wanted);
};
