// The statements behind postgresql.insert, .update and .delete. Every identifier is quoted.
import type { Value, ValueMap } from '@testmesh/domain';
import type { Sql } from './database.ts';
import { ParameterMismatch } from './parameters.ts';
import { replacePlaceholders } from './statement.ts';

/** An identifier in double quotes, whatever it contains. */
const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A table's name, with its schema before the dot. */
const tableName = (table: string): string => table.split('.').map(quoteName).join('.');

const returningClause = (returning: string | readonly string[] | undefined): string => {
  if (returning === undefined) return '';
  const names = typeof returning === 'string' ? returning.split(',').map((name) => name.trim()) : returning;
  return ` RETURNING ${names.map((name) => (name === '*' ? '*' : quoteName(name))).join(', ')}`;
};

type Returning = string | readonly string[];

export const insertStatement = (table: string, data: ValueMap | readonly ValueMap[], returning: Returning): Sql => {
  const rows = (Array.isArray(data) ? data : [data]) as readonly ValueMap[];
  const columns = Object.keys(rows[0] ?? {});
  const values: Value[] = [];
  const tuples = rows.map((row, index) => {
    refuseOtherColumns(row, columns, index);
    return `(${columns.map((column) => `$${values.push(row[column] ?? null)}`).join(', ')})`;
  });
  const names = columns.map(quoteName).join(', ');
  const query = `INSERT INTO ${tableName(table)} (${names}) VALUES ${tuples.join(', ')}${returningClause(returning)}`;
  return { query, params: values };
};

const refuseOtherColumns = (row: ValueMap, columns: readonly string[], index: number): void => {
  const same = Object.keys(row).length === columns.length && columns.every((column) => Object.hasOwn(row, column));
  if (!same) throw new ParameterMismatch(`row ${index + 1} of \`data\` has other columns than the first one`);
};

export const updateStatement = (
  table: string,
  data: ValueMap,
  { where, whereParams, returning }: { where: string; whereParams: readonly Value[]; returning: Returning },
): Sql => {
  const columns = Object.keys(data);
  const assignments = columns.map((column, index) => `${quoteName(column)} = $${index + 1}`).join(', ');
  // `$1` of the condition comes after the values that are set.
  const condition = replacePlaceholders(where, 'postgres', ({ style, name }, original) =>
    style === 'numbered' ? `$${Number(name) + columns.length}` : original,
  );
  return {
    query: `UPDATE ${tableName(table)} SET ${assignments} WHERE ${condition}${returningClause(returning)}`,
    params: [...columns.map((column) => data[column] ?? null), ...whereParams],
  };
};

export const deleteStatement = (
  table: string,
  { where, params, returning }: { where: string; params: readonly Value[]; returning: Returning | undefined },
): Sql => ({ query: `DELETE FROM ${tableName(table)} WHERE ${where}${returningClause(returning)}`, params });
