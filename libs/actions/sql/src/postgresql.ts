import { type Action, type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { AssertionRecord, Value, ValueMap } from '@testmesh/domain';
import type { ConnectionConfig, StatementConfig } from './config.ts';
import { type Sql, sqlOf } from './database.ts';
import { execute } from './execute.ts';
import { judgeField } from './field-expectations.ts';
import { onSession } from './on-session.ts';
import {
  postgresqlAssertSchema,
  postgresqlDeleteSchema,
  postgresqlInsertSchema,
  postgresqlQuerySchema,
  postgresqlUpdateSchema,
} from './postgresql-rows-schema.ts';
import { deleteStatement, insertStatement, updateStatement } from './postgresql-statements.ts';
import {
  postgresqlColumnsSchema,
  postgresqlExecuteSchema,
  postgresqlTablesSchema,
  postgresqlTransactionSchema,
} from './postgresql-statements-schema.ts';
import { DEFAULT_MAX_BYTES, type StatementResult } from './result.ts';
import { shownExchange } from './shown.ts';

interface Job {
  readonly connection: ConnectionConfig;
  readonly statements: () => readonly Sql[];
  readonly inTransaction?: boolean;
  readonly context: ActionContext;
}

interface Judged {
  readonly output: ValueMap;
  readonly implied?: readonly AssertionRecord[];
}

/** Runs statements and shapes their results; the shape is what the actions differ in. */
const carryOut = (
  { connection, statements: make, inTransaction = false, context }: Job,
  shape: (results: readonly StatementResult[]) => Judged,
): Promise<ActionOutcome> => {
  const { clock, signal } = context;
  const prepared: Sql[] = [];
  return onSession({ connection, statements: prepared, context, only: 'postgres' }, async (session) => {
    prepared.push(...make());
    const startedAt = clock.monotonic();
    const limits = { maxRows: undefined, maxBytes: DEFAULT_MAX_BYTES };
    const open = await session.connection(signal);
    const results = await execute(open, { statements: prepared, inTransaction, limits, signal });
    const durationMs = clock.monotonic() - startedAt;
    const { output, implied } = shape(results);
    const last = results.at(-1);
    return {
      kind: 'completed',
      output: { ...output, duration_ms: Math.round(durationMs) },
      ...(implied && { implied }),
      exchange: shownExchange(prepared, session.address, {
        rows: last?.rows ?? [],
        rowsAffected: results.reduce((sum, { rowsAffected }) => sum + rowsAffected, 0),
        returnedRows: last?.returnedRows ?? false,
        durationMs,
        waited: false,
      }),
    };
  });
};

const only = (results: readonly StatementResult[]): StatementResult | undefined =>
  results.findLast(({ returnedRows }) => returnedRows) ?? results.at(-1);

const countOf = (result: StatementResult | undefined): number =>
  result === undefined ? 0 : result.rowsAffected || result.rows.length;

const listed = (results: readonly StatementResult[]): Value =>
  results.map((result) => ({ rows: result.rows, rowCount: countOf(result) }));

const rowsOf = (results: readonly StatementResult[]): readonly ValueMap[] => only(results)?.rows ?? [];

const postgresqlQuery = defineAction({
  schema: postgresqlQuerySchema,
  run: ({ connection, query, params }, context) =>
    carryOut({ connection, statements: () => [{ query, params }], context }, (results) => {
      const result = only(results);
      const output = { rows: result?.rows ?? [], rowCount: countOf(result), fields: result?.columns ?? [] };
      return { output };
    }),
});

const postgresqlInsert = defineAction({
  schema: postgresqlInsertSchema,
  run: ({ connection, table, data, returning }, context) =>
    carryOut({ connection, statements: () => [insertStatement(table, data, returning)], context }, (results) => ({
      output: { inserted: results[0]?.rowsAffected ?? 0, rows: rowsOf(results) },
    })),
});

const postgresqlUpdate = defineAction({
  schema: postgresqlUpdateSchema,
  run: ({ connection, table, data, where, whereParams, returning }, context) =>
    carryOut(
      { connection, statements: () => [updateStatement(table, data, { where, whereParams, returning })], context },
      (results) => ({ output: { updated: results[0]?.rowsAffected ?? 0, rows: rowsOf(results) } }),
    ),
});

const postgresqlDelete = defineAction({
  schema: postgresqlDeleteSchema,
  run: ({ connection, table, where, params, returning }, context) =>
    carryOut(
      { connection, statements: () => [deleteStatement(table, { where, params, returning })], context },
      (results) => ({ output: { deleted: results[0]?.rowsAffected ?? 0, rows: rowsOf(results) } }),
    ),
});

const postgresqlAssert = defineAction({
  schema: postgresqlAssertSchema,
  run: ({ connection, query, params, assertions }, context) =>
    carryOut({ connection, statements: () => [{ query, params }], context }, (results) => {
      const [row] = rowsOf(results);
      const implied = assertions.map((expectation) => judgeField(row, expectation));
      const passed = implied.every((record) => record.passed);
      return { output: { passed, assertions_checked: implied.length, row: row ?? null }, implied };
    }),
});

const postgresqlExecute = defineAction({
  schema: postgresqlExecuteSchema,
  run: ({ connection, statement, statements }, context) => {
    const list: readonly StatementConfig[] = statements ?? (statement === undefined ? [] : [statement]);
    return carryOut({ connection, statements: () => list.map(sqlOf), context }, (results) => ({
      output: { executed: results.length, results: listed(results) },
    }));
  },
});

const postgresqlTransaction = defineAction({
  schema: postgresqlTransactionSchema,
  run: ({ connection, statements }, context) =>
    carryOut({ connection, statements: () => statements.map(sqlOf), inTransaction: true, context }, (results) => ({
      output: { committed: true, results: listed(results) },
    })),
});

const TABLES = `SELECT table_name FROM information_schema.tables WHERE table_schema = $1 ORDER BY table_name`;

const postgresqlTables = defineAction({
  schema: postgresqlTablesSchema,
  run: ({ connection, schema }, context) =>
    carryOut({ connection, statements: () => [{ query: TABLES, params: [schema] }], context }, (results) => {
      const tables = rowsOf(results).map((row) => row['table_name'] ?? null);
      return { output: { tables, rowCount: tables.length } };
    }),
});

const COLUMNS = `SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable, column_default AS "default"
FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`;

const postgresqlColumns = defineAction({
  schema: postgresqlColumnsSchema,
  run: ({ connection, schema, table }, context) =>
    carryOut({ connection, statements: () => [{ query: COLUMNS, params: [schema, table] }], context }, (results) => {
      const columns = rowsOf(results);
      return { output: { columns, rowCount: columns.length } };
    }),
});

export const postgresqlActions: readonly Action[] = [
  postgresqlQuery,
  postgresqlInsert,
  postgresqlUpdate,
  postgresqlDelete,
  postgresqlAssert,
  postgresqlExecute,
  postgresqlTransaction,
  postgresqlTables,
  postgresqlColumns,
];
