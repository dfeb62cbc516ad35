// A step's statements on its session: one after another, in a transaction where the author wants one.
import type { Connection, Sql } from './database.ts';
import type { RowLimits, StatementResult } from './result.ts';

export interface Work {
  readonly statements: readonly Sql[];
  readonly inTransaction: boolean;
  readonly limits: RowLimits;
  readonly signal: AbortSignal;
}

/** Runs the statements; in a transaction all of them take effect or none. */
export const execute = async (connection: Connection, work: Work): Promise<StatementResult[]> => {
  if (!work.inTransaction) return runAll(connection, work);
  await control(connection, 'BEGIN', work);
  try {
    const results = await runAll(connection, work);
    await control(connection, 'COMMIT', work);
    return results;
  } catch (error) {
    await rollBack(connection, work);
    throw error;
  }
};

const runAll = async (connection: Connection, { statements, limits, signal }: Work): Promise<StatementResult[]> => {
  const results: StatementResult[] = [];
  for (const statement of statements) results.push(...(await connection.run(statement, limits, signal)));
  return results;
};

const control = (connection: Connection, query: string, { limits, signal }: Work): Promise<StatementResult[]> =>
  connection.run({ query, params: undefined }, limits, signal);

const ROLLBACK_WITHIN_MS = 5000;

/** Undoes the transaction even when the step is being cancelled; a session that cannot is ended, which undoes it too. */
const rollBack = async (connection: Connection, work: Work): Promise<void> => {
  if (!connection.isAlive()) return;
  try {
    await control(connection, 'ROLLBACK', { ...work, signal: AbortSignal.timeout(ROLLBACK_WITHIN_MS) });
  } catch {
    await connection.close();
  }
};
