// What the functions of `function-table.ts` do. An argument of a wrong type is a problem that says which and why.
import { type AnyNumber, isNumber, numberFromText, parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { isList, isMap, lengthOf } from '../path/child.ts';
import { type Computed, compute, isWhole, negated, rounded } from './arithmetic.ts';
import type { Ast } from './ast.ts';
import { equal, largest, order, smallest } from './comparison.ts';
import type { Evaluation } from './evaluation.ts';
import type { FunctionName } from './function-table.ts';
import { describe, textOf, typeOf } from './value-text.ts';

type CallAst = Extract<Ast, { kind: 'call' }>;

/** How an argument is worked out; given by the evaluator, which in turn calls functions. */
export interface Evaluator {
  readonly demand: (ast: Ast, evaluation: Evaluation) => Value;
  readonly truth: (ast: Ast, evaluation: Evaluation) => boolean;
}

/** A call under way: reads arguments as the type they must have. */
class Call {
  readonly ast: CallAst;
  readonly evaluation: Evaluation;
  readonly evaluator: Evaluator;
  constructor(ast: CallAst, evaluation: Evaluation, evaluator: Evaluator) {
    this.ast = ast;
    this.evaluation = evaluation;
    this.evaluator = evaluator;
  }

  has(index: number): boolean {
    return index < this.ast.args.length;
  }

  value(index: number): Value {
    return this.evaluator.demand(this.#arg(index), this.evaluation);
  }

  list(index: number): readonly Value[] {
    const value = this.value(index);
    return isList(value) ? value : this.wrong(index, value, 'a list');
  }

  text(index: number): string {
    const value = this.value(index);
    return typeof value === 'string'
      ? value
      : this.wrong(index, value, 'a text', isNumber(value) ? 'use string(x)' : undefined);
  }

  number(index: number): AnyNumber {
    const value = this.value(index);
    return isNumber(value)
      ? value
      : this.wrong(index, value, 'a number', typeof value === 'string' ? 'use number(x)' : undefined);
  }

  integer(index: number): number {
    const value = this.number(index);
    return typeof value === 'number' && Number.isInteger(value) ? value : this.wrong(index, value, 'a whole number');
  }

  numbers(index: number): readonly AnyNumber[] {
    return this.list(index).map((item) => (isNumber(item) ? item : this.wrong(index, item, 'a list of numbers')));
  }

  /** Whether an element meets the condition in the second argument. */
  meets(element: Value): boolean {
    return this.evaluator.truth(this.#arg(1), this.evaluation.at(element));
  }

  /** What the second argument is for an element. */
  mapped(element: Value): Value {
    return this.evaluator.demand(this.#arg(1), this.evaluation.at(element));
  }

  settled(result: Computed): AnyNumber {
    return typeof result === 'object' && 'refused' in result ? this.refuse(result.refused) : result;
  }

  wrong(index: number, value: Value, wanted: string, help?: string): never {
    return this.evaluation.stop(
      this.#arg(index),
      'TM3109',
      `\`${this.ast.function}\` takes ${wanted}, not ${describe(value)}`,
      help,
    );
  }

  refuse(why: string): never {
    return this.evaluation.stop(this.ast, 'TM3109', `\`${this.evaluation.sourceOf(this.ast)}\`: ${why}`);
  }

  #arg(index: number): Ast {
    return this.ast.args[index] as Ast;
  }
}

export const callFunction = (ast: CallAst, evaluation: Evaluation, evaluator: Evaluator): Value =>
  functions[ast.function as FunctionName](new Call(ast, evaluation, evaluator));

const length = (call: Call): number => {
  const value = call.value(0);
  if (typeof value === 'string' || isList(value)) return lengthOf(value);
  return isMap(value) ? Object.keys(value).length : call.wrong(0, value, 'a text, a list or an object');
};

const entries = (call: Call): [string, Value][] => {
  const value = call.value(0);
  return isMap(value) ? Object.entries(value) : call.wrong(0, value, 'an object');
};

const occurrences = (call: Call): number => {
  const list = call.list(0);
  return call.has(1) ? list.filter((element) => call.meets(element)).length : list.length;
};

const end = (call: Call, index: 0 | -1): Value => {
  const value = call.list(0).at(index);
  return value === undefined ? call.refuse('the list is empty') : value;
};

const extreme = (call: Call, choose: (numbers: readonly AnyNumber[]) => AnyNumber | undefined): AnyNumber => {
  const numbers = call.has(1) ? call.ast.args.map((_arg, index) => call.number(index)) : call.numbers(0);
  return choose(numbers) ?? call.refuse('the list is empty');
};

const sum = (call: Call): AnyNumber =>
  call.numbers(0).reduce<AnyNumber>((total, next) => call.settled(compute('+', total, next)), 0);

const average = (call: Call): AnyNumber => {
  const count = call.list(0).length;
  return count === 0 ? call.refuse('the list is empty') : call.settled(compute('/', sum(call), count));
};

const sorted = (call: Call): Value =>
  [...call.list(0)].sort((a, b) => {
    const result = order(a, b);
    return typeof result === 'number' ? result : call.refuse(`${describe(a)} and ${describe(b)}: ${result.why}`);
  });

const distinct = (call: Call): Value => {
  const kept: Value[] = [];
  for (const item of call.list(0)) {
    call.evaluation.spend(call.ast);
    if (!kept.some((known) => equal(known, item))) kept.push(item);
  }
  return kept;
};

/** A JSON number's text, with leading zeros and a sign allowed, to the number it stands for. */
const toNumber = (call: Call): AnyNumber => {
  const value = call.value(0);
  if (isNumber(value)) return value;
  if (typeof value !== 'string') return call.wrong(0, value, 'a text or a number');
  const parts = /^\s*([-+]?)0*(\d+(?:\.\d+)?(?:[eE][-+]?\d{1,4})?)\s*$/.exec(value);
  return parts
    ? numberFromText(`${parts[1] === '-' ? '-' : ''}${parts[2]}`)
    : call.wrong(0, value, 'a text that is a number');
};

const toInteger = (call: Call): AnyNumber => {
  const number = toNumber(call);
  return isWhole(number) ? number : call.wrong(0, number, 'a whole number', 'use round(x), floor(x) or ceil(x)');
};

const rounding =
  (how: 'round' | 'floor' | 'ceil') =>
  (call: Call): AnyNumber => {
    const places = call.has(1) ? call.integer(1) : 0;
    return Math.abs(places) > 100
      ? call.refuse('at most 100 decimals')
      : call.settled(rounded(call.number(0), how, places));
  };

const absolute = (call: Call): AnyNumber => {
  const number = call.number(0);
  return String(number).startsWith('-') ? call.settled(negated(number)) : number;
};

const joinedTexts = (call: Call): string => {
  const separator = call.has(1) ? call.text(1) : ',';
  return call
    .list(0)
    .map((item) =>
      typeof item === 'object' && !isNumber(item) ? call.wrong(0, item, 'a list of texts') : textOf(item),
    )
    .join(separator);
};

const date = (call: Call): string => {
  const value = call.text(0);
  const at = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? call.wrong(0, value, 'an ISO date or timestamp') : new Date(at).toISOString();
};

const fromJson = (call: Call): Value => {
  const text = call.text(0);
  try {
    return parseJson(text);
  } catch (error) {
    return call.refuse(`the text is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const found = (call: Call): Value => {
  const value = call.list(0).find((element) => call.meets(element));
  return value === undefined ? call.refuse('no element meets the condition') : value;
};

/** In code points, as `len` counts. */
const part = (call: Call): string =>
  [...call.text(0)].slice(call.integer(1), call.has(2) ? call.integer(2) : undefined).join('');

const position = (call: Call): number => {
  const value = call.value(0);
  if (isList(value)) return value.findIndex((item) => equal(item, call.value(1)));
  return call.text(0).indexOf(call.text(1));
};

const functions: Readonly<Record<FunctionName, (call: Call) => Value>> = {
  len: length,
  all: (call) => call.list(0).every((element) => call.meets(element)),
  any: (call) => call.list(0).some((element) => call.meets(element)),
  one: (call) => occurrences(call) === 1,
  none: (call) => !call.list(0).some((element) => call.meets(element)),
  filter: (call) => call.list(0).filter((element) => call.meets(element)),
  map: (call) => call.list(0).map((element) => call.mapped(element)),
  find: found,
  count: occurrences,
  first: (call) => end(call, 0),
  last: (call) => end(call, -1),
  sum,
  avg: average,
  min: (call) => extreme(call, smallest),
  max: (call) => extreme(call, largest),
  sort: sorted,
  reverse: (call) => [...call.list(0)].reverse(),
  unique: distinct,
  keys: (call) => entries(call).map(([key]) => key),
  values: (call) => entries(call).map(([, value]) => value),
  type: (call) => typeOf(call.value(0)),
  string: (call) => textOf(call.value(0)),
  number: toNumber,
  int: toInteger,
  float: toNumber,
  upper: (call) => call.text(0).toUpperCase(),
  lower: (call) => call.text(0).toLowerCase(),
  trim: (call) => call.text(0).trim(),
  split: (call) => call.text(0).split(call.text(1)),
  join: joinedTexts,
  replace: (call) => call.text(0).replaceAll(call.text(1), () => call.text(2)),
  substring: part,
  index_of: position,
  abs: absolute,
  round: rounding('round'),
  floor: rounding('floor'),
  ceil: rounding('ceil'),
  now: (call) => call.evaluation.scope.draw('ISO_TIMESTAMP', []),
  date,
  to_json: (call) => stringifyJson(call.value(0)),
  from_json: fromJson,
};
