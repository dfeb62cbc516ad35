import { isNumber, type Value } from '@testmesh/domain';
import type { Ast } from '../expression/ast.ts';
import { within } from '../expression/names.ts';
import { sides, type Trace } from './explain.ts';

export type IsSecret = (value: Value) => boolean;

const HIDDEN = '***';
/** What they say of a secret tells nobody what it is. */
const TELL_LITTLE = new Set(['len', 'type', 'count', 'index_of']);

/** The trace with a mask where a side is computed of a secret: a part of one is found by no search for the whole. */
export const withoutSecrets = (ast: Ast, trace: Trace, isSecret: IsSecret | undefined): Trace => {
  if (isSecret === undefined) return trace;
  const { left, right } = sides(ast);
  const hidden = [left, right].filter((side) => side !== undefined && tells(side, trace, isSecret));
  return hidden.length === 0 ? trace : new Map([...trace, ...hidden.map((side) => [side as Ast, HIDDEN] as const)]);
};

const tells = (side: Ast, trace: Trace, isSecret: IsSecret): boolean => {
  if (typeof trace.get(side) === 'boolean' || (side.kind === 'call' && TELL_LITTLE.has(side.function))) return false;
  const isOne = (value: Value | undefined): boolean =>
    value !== undefined && (typeof value === 'string' || isNumber(value)) && isSecret(value);
  return anyWithin(side, (ast) => computes(ast) && anyWithin(ast, (part) => part !== ast && isOne(trace.get(part))));
};

const ARITHMETIC = new Set(['+', '-', '*', '/', '//', '%', '^']);

const computes = (ast: Ast): boolean =>
  ast.kind === 'call' || ast.kind === 'slice' || (ast.kind === 'binary' && ARITHMETIC.has(ast.operator));

const anyWithin = (ast: Ast, meets: (part: Ast) => boolean): boolean => {
  let found = false;
  within(ast, (part) => {
    found ||= meets(part);
  });
  return found;
};
