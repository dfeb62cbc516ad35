// Parameters in any spelling become the driver's own: `$1` for PostgreSQL, values in place for MySQL.
import type { Value, ValueMap } from '@testmesh/domain';
import { type Dialect, type Placeholder, replacePlaceholders } from './statement.ts';

export type Params = readonly Value[] | ValueMap;

/** The query and its parameters do not fit together. */
export class ParameterMismatch extends Error {}

export interface Bound {
  readonly text: string;
  readonly values: readonly Value[];
}

const isList = (params: Params): params is readonly Value[] => Array.isArray(params);

const placeholders = (sql: string, dialect: Dialect): Placeholder[] => {
  const found: Placeholder[] = [];
  replacePlaceholders(sql, dialect, (placeholder, original) => {
    found.push(placeholder);
    return original;
  });
  return found;
};

/** The highest `$n` of a query; 0 without any. */
export const highestNumber = (sql: string, dialect: Dialect): number =>
  Math.max(0, ...placeholders(sql, dialect).map(({ style, name }) => (style === 'numbered' ? Number(name) : 0)));

/** The query with `$1`, `$2` … and the values for them. */
export const bindPostgres = (sql: string, params: Params | undefined): Bound => {
  if (params === undefined) return { text: sql, values: [] };
  if (!isList(params)) return bindNames(sql, params);
  const found = placeholders(sql, 'postgres');
  const questions = found.filter(({ style }) => style === 'question').length;
  // `?` is an operator of jsonb, so it is a placeholder only where nothing else can be meant.
  const isQuestions = questions === params.length && questions > 0 && !found.some(({ style }) => style === 'numbered');
  if (!isQuestions) return { text: sql, values: params };
  let next = 0;
  const text = replacePlaceholders(sql, 'postgres', ({ style }, original) =>
    style === 'question' ? `$${++next}` : original,
  );
  return { text, values: params };
};

const bindNames = (sql: string, params: ValueMap): Bound => {
  const names = Object.keys(params);
  const used = new Set<string>();
  const text = replacePlaceholders(sql, 'postgres', ({ style, name }, original) => {
    if (style !== 'named') return original;
    used.add(known(params, name));
    return `$${names.indexOf(name) + 1}`;
  });
  refuseUnused(params, used);
  return { text, values: names.map((name) => params[name] ?? null) };
};

const known = (params: ValueMap, name: string): string => {
  if (Object.hasOwn(params, name)) return name;
  const names = Object.keys(params).join(', ');
  throw new ParameterMismatch(`the query uses :${name}, but \`params\` has only ${names || 'nothing'}`);
};

const refuseUnused = (params: ValueMap, used: ReadonlySet<string>): void => {
  const unused = Object.keys(params).find((name) => !used.has(name));
  if (unused !== undefined)
    throw new ParameterMismatch(`\`params.${unused}\` is given, but the query has no :${unused}`);
};

/** The query with every value written in its place by `quote`. */
export const inlineMysql = (sql: string, params: Params | undefined, quote: (value: Value) => string): string => {
  if (params === undefined) return sql;
  if (!isList(params)) {
    const used = new Set<string>();
    const text = replacePlaceholders(sql, 'mysql', ({ style, name }, original) => {
      if (style !== 'named') return original;
      used.add(known(params, name));
      return quote(params[name] ?? null);
    });
    refuseUnused(params, used);
    return text;
  }
  let next = 0;
  let highest = 0;
  const text = replacePlaceholders(sql, 'mysql', ({ style, name }, original) => {
    if (style === 'named') return original;
    const index = style === 'question' ? next++ : Number(name) - 1;
    highest = Math.max(highest, index + 1);
    return quote(valueAt(params, index));
  });
  if (highest !== params.length) {
    throw new ParameterMismatch(`the query has ${highest} placeholders, but \`params\` has ${params.length} values`);
  }
  return text;
};

const valueAt = (params: readonly Value[], index: number): Value => {
  const value = params[index];
  if (value === undefined) {
    throw new ParameterMismatch(`the query has a placeholder ${index + 1}, but \`params\` has ${params.length} values`);
  }
  return value;
};
