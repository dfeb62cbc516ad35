// Works out the value of an expression. Invariants:
// E1. A missing path is not null: it passes only `== null`, `!= null`, `exists`, `is null`, `??`, `?.` and `?`.
// E2. Nothing converts; a mismatch is `false` for `==` and a problem for order and arithmetic.
// E3. Only values' own keys are read; `and`, `or`, `? :` and `??` work out only the side they need.
import { isNumber, type Value } from '@testmesh/domain';
import { isList } from '../path/child.ts';
import { compileRegex } from '../regex/regex.ts';
import { negated } from './arithmetic.ts';
import type { Ast, TextPart } from './ast.ts';
import { applyBinary, settled, text } from './binary.ts';
import { type Evaluation, Missing } from './evaluation.ts';
import { callFunction } from './functions.ts';
import { fittingReading, lookUp, memberOf, serviceNamed } from './lookup.ts';
import { Trouble } from './problem.ts';
import { select } from './selection.ts';
import { describe, show, textOf, typeOf } from './value-text.ts';

type Of<Kind extends Ast['kind']> = Extract<Ast, { kind: Kind }>;

/** The value, or what is missing. */
export const evaluateAst = (ast: Ast, evaluation: Evaluation): Value | Missing => {
  evaluation.spend(ast);
  const result = dispatch(ast, evaluation);
  if (evaluation.trace && !(result instanceof Missing)) evaluation.trace.set(ast, result);
  return result;
};

/** The value; a missing path is a problem. */
export const demand = (ast: Ast, evaluation: Evaluation): Value => {
  const result = evaluateAst(ast, evaluation);
  if (result instanceof Missing) throw new Trouble(result.problem());
  return result;
};

const dispatch = (ast: Ast, evaluation: Evaluation): Value | Missing => {
  switch (ast.kind) {
    case 'literal':
      return ast.value;
    case 'name':
      return lookUp(ast.name, ast, evaluation);
    case 'element':
      return evaluation.element ?? null;
    case 'member':
    case 'index':
      return access(ast, evaluation);
    case 'binary':
      return binary(ast, evaluation);
    case 'logic':
      return logic(ast, evaluation);
    case 'not':
      return !truth(ast.of, evaluation);
    case 'exists':
      return !(evaluateAst(ast.of, evaluation) instanceof Missing);
    case 'is':
      return isOfType(ast, evaluation);
    case 'matches':
      return matches(ast, evaluation);
    case 'call':
      return callFunction(ast, evaluation, { demand, truth });
    default:
      return dispatchRare(ast, evaluation);
  }
};

type Rare = Of<
  | 'text'
  | 'filter'
  | 'slice'
  | 'list'
  | 'map'
  | 'negative'
  | 'otherwise'
  | 'choice'
  | 'draw'
  | 'default'
  | 'maybe'
  | 'query'
  | 'hyphenated'
>;

const dispatchRare = (ast: Rare, evaluation: Evaluation): Value | Missing => {
  switch (ast.kind) {
    case 'text':
      return joined(ast.parts, evaluation);
    case 'filter':
      return filtered(ast, evaluation);
    case 'slice':
      return sliced(ast, evaluation);
    case 'list':
      return ast.items.map((item) => demand(item, evaluation));
    case 'map':
      return Object.fromEntries(ast.entries.map(({ key, value }) => [key, demand(value, evaluation)]));
    case 'negative':
      return settled(negated(number(ast.of, evaluation, '-')), ast, evaluation);
    case 'otherwise':
      return otherwise(evaluateAst(ast.left, evaluation)) ?? evaluateAst(ast.right, evaluation);
    case 'choice':
      return choice(ast, evaluation);
    case 'draw':
      return drawn(ast, evaluation);
    case 'default': {
      const value = evaluateAst(ast.of, evaluation);
      return value instanceof Missing ? demand(ast.default, evaluation) : value;
    }
    case 'maybe':
      return otherwise(evaluateAst(ast.of, evaluation));
    case 'query':
      return select(ast, evaluation);
    case 'hyphenated':
      return evaluateAst(fittingReading(ast.readings, evaluation), evaluation);
  }
};

const otherwise = (value: Value | Missing): Value => (value instanceof Missing ? null : value);

const access = (ast: Of<'member' | 'index'>, evaluation: Evaluation): Value | Missing => {
  if (ast.kind === 'member' && ast.of.kind === 'name' && ast.of.name === 'service') {
    return serviceNamed(ast.key, ast, evaluation);
  }
  const owner = evaluateAst(ast.of, evaluation);
  if (ast.optional && (owner === null || owner instanceof Missing)) return null;
  if (owner instanceof Missing) return owner;
  const key = ast.kind === 'member' ? ast.key : demand(ast.index, evaluation);
  if (typeof key !== 'string' && !(typeof key === 'number' && Number.isInteger(key))) {
    return evaluation.stop(
      ast.kind === 'index' ? ast.index : ast,
      'TM3103',
      `an index is a whole number or a key, not ${describe(key)}`,
    );
  }
  const found = memberOf(owner, key, ast, evaluation);
  return ast.optional ? otherwise(found) : found;
};

/** A truth value; anything else is not "truthy" but a mistake. */
const truth = (ast: Ast, evaluation: Evaluation): boolean => {
  const value = demand(ast, evaluation);
  if (typeof value === 'boolean') return value;
  return evaluation.stop(
    ast,
    'TM3106',
    `\`${evaluation.sourceOf(ast)}\` is ${describe(value)}, not true or false`,
    'compare it with something; `??` gives a default',
  );
};

const logic = (ast: Of<'logic'>, evaluation: Evaluation): boolean => {
  const left = truth(ast.left, evaluation);
  if (ast.operator === 'and') return left && truth(ast.right, evaluation);
  return left || truth(ast.right, evaluation);
};

const choice = (ast: Of<'choice'>, evaluation: Evaluation): Value | Missing => {
  if (ast.then) return evaluateAst(truth(ast.test, evaluation) ? ast.then : ast.else, evaluation);
  // Elvis as in Jexl: null, false, 0 and the empty text give way.
  const value = demand(ast.test, evaluation);
  return value ? value : evaluateAst(ast.else, evaluation);
};

const isOfType = (ast: Of<'is'>, evaluation: Evaluation): boolean => {
  const value = ast.type === 'null' ? otherwise(evaluateAst(ast.of, evaluation)) : demand(ast.of, evaluation);
  return (typeOf(value) === ast.type) !== ast.negated;
};

const isNullLiteral = (ast: Ast): boolean => ast.kind === 'literal' && ast.value === null;

const binary = (ast: Of<'binary'>, evaluation: Evaluation): Value => {
  const asksForNull =
    (ast.operator === '==' || ast.operator === '!=') && (isNullLiteral(ast.left) || isNullLiteral(ast.right));
  const left = asksForNull ? otherwise(evaluateAst(ast.left, evaluation)) : demand(ast.left, evaluation);
  const right = asksForNull ? otherwise(evaluateAst(ast.right, evaluation)) : demand(ast.right, evaluation);
  return applyBinary(ast.operator, left, right, ast, evaluation);
};

const number = (ast: Ast, evaluation: Evaluation, operator: string) => {
  const value = demand(ast, evaluation);
  if (isNumber(value)) return value;
  return evaluation.stop(ast, 'TM3103', `\`${operator}\` needs a number, not ${describe(value)}`);
};

const matches = (ast: Of<'matches'>, evaluation: Evaluation): boolean => {
  const subject = text(demand(ast.of, evaluation), ast.of, ast, evaluation);
  if (ast.regex) return ast.regex.matches(subject);
  const regex = compileRegex(text(demand(ast.pattern, evaluation), ast.pattern, ast, evaluation));
  if ('refused' in regex)
    return evaluation.stop(ast.pattern, 'TM3007', `this regular expression cannot be used: ${regex.refused}`);
  return regex.matches(subject);
};

const elements = (ast: Ast, evaluation: Evaluation): readonly Value[] | Missing => {
  const value = evaluateAst(ast, evaluation);
  if (value instanceof Missing || isList(value)) return value;
  return evaluation.stop(ast, 'TM3103', `\`${evaluation.sourceOf(ast)}\` is ${describe(value)}, not a list`);
};

const filtered = (ast: Of<'filter'>, evaluation: Evaluation): Value | Missing => {
  const list = elements(ast.of, evaluation);
  return list instanceof Missing ? list : list.filter((element) => truth(ast.keep, evaluation.at(element)));
};

const sliced = (ast: Of<'slice'>, evaluation: Evaluation): Value | Missing => {
  const value = evaluateAst(ast.of, evaluation);
  if (value instanceof Missing) return value;
  if (!isList(value) && typeof value !== 'string')
    return evaluation.stop(ast.of, 'TM3103', `${describe(value)} has no slices`);
  const bound = (side: Ast | undefined) => (side ? Number(number(side, evaluation, '[:]')) : undefined);
  return value.slice(bound(ast.from), bound(ast.to));
};

const drawn = (ast: Of<'draw'>, evaluation: Evaluation): Value => {
  const args = ast.args.map((arg) => demand(arg, evaluation));
  const wrong = args.findIndex((arg) => typeof arg !== 'number' || !Number.isInteger(arg));
  if (wrong >= 0)
    evaluation.stop(
      ast.args[wrong] ?? ast,
      'TM3109',
      `\`${ast.name}\` takes whole numbers, not ${show(args[wrong] ?? null)}`,
    );
  return evaluation.scope.draw(ast.name, args);
};

/** Literal text and the texts of placeholders, one after the other. */
export const joined = (parts: readonly TextPart[], evaluation: Evaluation): string =>
  parts.map((part) => (part.kind === 'literal' ? part.text : inserted(part, evaluation))).join('');

const inserted = ({ ast, inUserInfo }: Extract<TextPart, { kind: 'placeholder' }>, evaluation: Evaluation): string => {
  const value = demand(ast, evaluation);
  const shown = value === null && ast.kind === 'maybe' ? '' : textOf(value);
  return inUserInfo ? encodeURIComponent(shown) : shown;
};
