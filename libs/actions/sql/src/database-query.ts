import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { Value } from '@testmesh/domain';
import type { DatabaseQueryConfig } from './config.ts';
import { type Sql, StatementFailed, sqlOf } from './database.ts';
import { execute } from './execute.ts';
import { QueryTimeout } from './failure.ts';
import { canStillAppear } from './not-yet.ts';
import { onSession } from './on-session.ts';
import { outputOf } from './result.ts';
import { databaseQuerySchema, isRepeatable } from './schema.ts';
import { enterSchema, type Session } from './session.ts';
import { shownExchange } from './shown.ts';

/** Runs SQL; with `poll`, a query that only reads is repeated until the step's assertions hold. */
export const databaseQuery = defineAction({
  schema: databaseQuerySchema,
  run(config, context) {
    const statements = statementsOf(config);
    return onSession({ connection: config.connection, statements, context }, async (session) => {
      if (config.schema !== undefined) await enterSchema(session, config.schema.create, context);
      const step: Step = { statements, session, config, context };
      return waits(config, context) ? pollUntilTrue(step) : once(step);
    });
  },
});

interface Step {
  readonly statements: readonly Sql[];
  readonly session: Session;
  readonly config: DatabaseQueryConfig;
  readonly context: ActionContext;
}

const statementsOf = ({ query, params, statements }: DatabaseQueryConfig): readonly Sql[] =>
  statements === undefined ? [{ query: query ?? '', params }] : statements.map(sqlOf);

/** Only what reads is repeated: an environment may give `poll` to every query, also to those that write. */
const waits = (
  { poll, query, statements, transaction, schema }: DatabaseQueryConfig,
  context: ActionContext,
): boolean => {
  if (poll === undefined || !context.expectations.present || statements !== undefined) return false;
  return isRepeatable({
    query: query ?? '',
    ...(transaction !== undefined && { transaction }),
    ...(schema !== undefined && { schema: { ...schema } }),
  });
};

const once = async (step: Step): Promise<ActionOutcome> =>
  completed(step, await attempt(step), { attempts: 1, waited: false });

const attempt = async ({ statements, session, config, context }: Step): Promise<Record<string, Value>> => {
  const { clock } = context;
  const startedAt = clock.monotonic();
  const limit = new TimeLimit(config.timeout, context.signal);
  try {
    const connection = await session.connection(limit.signal);
    const results = await execute(connection, {
      statements,
      inTransaction: config.transaction ?? config.statements !== undefined,
      limits: { maxRows: config.max_rows, maxBytes: config.max_result_size },
      signal: limit.signal,
    });
    return outputOf(results, clock.monotonic() - startedAt);
  } finally {
    limit.lift();
  }
};

/** The step's signal, joined by the query's own time limit. */
class TimeLimit {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number | undefined, signal: AbortSignal) {
    this.signal = signal;
    if (timeoutMs === undefined) return;
    const limit = new AbortController();
    const reason = new QueryTimeout(`the query took longer than its timeout of ${timeoutMs} ms and was cancelled`);
    this.#timer = setTimeout(() => limit.abort(reason), timeoutMs);
    this.signal = AbortSignal.any([signal, limit.signal]);
  }

  lift(): void {
    clearTimeout(this.#timer);
  }
}

interface Effort {
  readonly attempts: number;
  readonly waited: boolean;
}

const completed = (step: Step, output: Record<string, Value>, { attempts, waited }: Effort): ActionOutcome => ({
  kind: 'completed',
  output: { ...output, attempts },
  exchange: shownExchange(step.statements, step.session.address, {
    rows: output['rows'] as readonly Value[],
    rowsAffected: Number(output['rows_affected']),
    returnedRows: (output['columns'] as readonly Value[]).length > 0,
    durationMs: Number(output['duration_ms']),
    waited,
  }),
});

/** Repeats until the assertions hold or the time is up; a table that is not there yet is waited for as well. */
const pollUntilTrue = async (step: Step): Promise<ActionOutcome> => {
  const { clock, signal, expectations } = step.context;
  const { timeout = 0, interval = 0 } = step.config.poll ?? {};
  const deadline = clock.monotonic() + timeout;
  for (let attempts = 1; ; attempts += 1) {
    const last = await attempt(step).catch((error: unknown) => {
      if (error instanceof StatementFailed && canStillAppear(error)) return error;
      throw error;
    });
    const isOver = clock.monotonic() + interval > deadline;
    if (!(last instanceof StatementFailed)) {
      const output = { ...last, attempts };
      if (isOver || expectations.judge(output).holds) return completed(step, last, { attempts, waited: true });
    } else if (isOver) throw last;
    await clock.sleep(interval, signal);
  }
};
