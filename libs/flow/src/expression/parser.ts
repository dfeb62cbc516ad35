// A Pratt parser for Jexl's grammar, read strictly, and the forms that TestMesh adds. Invariants:
// P1. Every node knows its offsets in the text it was read from.
// P2. Where Jexl's precedence is not what most languages do, the author must write parentheses.
// P3. A word with hyphens is read both ways; which one counts is decided where the names are known.
import type { Text } from '../model/text.ts';
import { compileRegex } from '../regex/regex.ts';
import { didYouMean } from '../source/suggest.ts';
import type { Ast, BinaryOperator } from './ast.ts';
import { type IsName, isHyphenated, tokenize } from './lexer.ts';
import { hyphenatedWords } from './names.ts';
import { operand } from './operand.ts';
import {
  binaryOperator,
  COMPARING,
  LOGIC,
  logicOperator,
  NOT_WORD,
  OTHERWISE,
  TERNARY,
  TYPE_WORDS,
  UNARY,
} from './operators.ts';
import { continued } from './postfix.ts';
import { Trouble } from './problem.ts';
import { Reader } from './reader.ts';

/** Reads the expression in `text.value.slice(start, end)`. */
export const parseRange = (text: Text, start: number, end: number): Ast => {
  const hasHyphens = tokenize(text, start, end, () => true).some(isHyphenated);
  if (!hasHyphens) return parseReading(text, start, end, () => false);
  const whole = attempt(() => parseReading(text, start, end, () => true));
  const apart = attempt(() => parseReading(text, start, end, () => false));
  if (whole instanceof Trouble) {
    if (apart instanceof Trouble) throw whole;
    return apart;
  }
  if (apart instanceof Trouble) return whole;
  const words = hyphenatedWords(whole);
  // Behind `service.` a hyphen never subtracts.
  const open = words.filter(({ before }) => before[0] !== 'service');
  if (open.length === 0) return whole;
  const known = new Map<string, Ast>();
  const reading = (areNames: (start: number) => boolean): Ast => {
    const apart = new Set(open.filter(({ start: at }) => !areNames(at)).map(({ start: at }) => at));
    const key = [...apart].join();
    const ast = known.get(key) ?? parseReading(text, start, end, (at) => !apart.has(at));
    known.set(key, ast);
    return ast;
  };
  return { kind: 'hyphenated', start: whole.start, end: whole.end, readings: { whole, words: open, reading } };
};

const attempt = (parse: () => Ast): Ast | Trouble => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Trouble) return error;
    throw error;
  }
};

const parseReading = (text: Text, start: number, end: number, isName: IsName): Ast => {
  const reader = new Reader(text, tokenize(text, start, end, isName), { binding: parseBinding, range: parseRange });
  const ast = reader.parse(0);
  if (reader.peek().kind !== 'end') reader.unexpected('an operator or the end');
  return ast;
};

const parseBinding = (reader: Reader, binding: number): Ast => {
  let left = continued(reader, prefixed(reader));
  for (let count = 0; ; count++) {
    reader.link(count);
    const next = infix(reader, left, binding);
    if (next === undefined) return left;
    left = next;
  }
};

/** `!x`, `not x`, `-x`, or an operand. */
const prefixed = (reader: Reader): Ast => {
  const { start } = reader.peek();
  if (reader.takes('!')) {
    const of = reader.parse(UNARY);
    // `!body.error exists` denies the existence; nobody asks whether a negation exists.
    const tested = tests(reader, of) ?? of;
    return { kind: 'not', of: tested, start, end: tested.end };
  }
  if (reader.is('not') && !reader.is('.', 1)) {
    reader.next();
    const of = reader.parse(NOT_WORD);
    return { kind: 'not', of, start, end: of.end };
  }
  if (reader.takes('-')) {
    const of = reader.parse(UNARY);
    return { kind: 'negative', of, start, end: of.end };
  }
  return operand(reader);
};

/** The operator that follows `left`, with its right side; undefined when it binds no tighter than `binding`. */
const infix = (reader: Reader, left: Ast, binding: number): Ast | undefined => {
  const { kind, value } = reader.peek();
  if (kind !== 'sign' && kind !== 'name') return undefined;
  const binary = binaryOperator(value);
  if (binary) return binary.binds > binding ? binaryTail(reader, left, binary.operator, binary.binds) : undefined;
  const logic = logicOperator(value);
  if (logic) return LOGIC > binding ? logicTail(reader, left, logic) : undefined;
  const other = OTHER_INFIX.get(value) ?? { binds: COMPARING, tail: asked };
  return other.binds > binding ? other.tail(reader, left) : undefined;
};

const binaryTail = (reader: Reader, left: Ast, operator: BinaryOperator, binds: number): Ast => {
  const sign = reader.next();
  const right = reader.parse(binds);
  if (isAmbiguous(reader, operator, left, right)) {
    reader.stop(
      { start: left.start, end: right.end },
      'TM3005',
      `\`${sign.value}\` next to another operator can be read in two ways`,
      {
        help: 'put parentheses around the part that comes first',
      },
    );
  }
  return { kind: 'binary', operator, left, right, start: left.start, end: right.end };
};

// `%` and `^` bind alike in Jexl and tighter than `*`; elsewhere `%` stands with `*`, and `^` above both.
const isAmbiguous = (reader: Reader, operator: BinaryOperator, left: Ast, right: Ast): boolean => {
  const bare = (ast: Ast, ...operators: string[]) =>
    ast.kind === 'binary' && operators.includes(ast.operator) && !reader.grouped.has(ast);
  if (operator === '*' || operator === '/' || operator === '//') return bare(right, '%');
  if (operator !== '^') return false;
  return bare(left, '%', '^') || (left.kind === 'negative' && !reader.grouped.has(left));
};

const logicTail = (reader: Reader, left: Ast, operator: 'and' | 'or'): Ast => {
  reader.next();
  const right = reader.parse(LOGIC);
  if (left.kind === 'logic' && left.operator !== operator && !reader.grouped.has(left)) {
    reader.stop(
      { start: left.start, end: right.end },
      'TM3005',
      '`and` and `or` side by side can be read in two ways',
      {
        help: 'put parentheses around the part that comes first',
      },
    );
  }
  return { kind: 'logic', operator, left, right, start: left.start, end: right.end };
};

const otherwiseTail = (reader: Reader, left: Ast): Ast => {
  reader.next();
  const right = reader.parse(OTHERWISE - 1);
  return { kind: 'otherwise', left, right, start: left.start, end: right.end };
};

const choiceTail = (reader: Reader, test: Ast): Ast => {
  const { value } = reader.next();
  const elvis = value === '?:' || reader.is(':');
  const then = elvis ? undefined : reader.parse(0);
  if (value !== '?:') reader.expect(':', 'and what to take otherwise');
  const otherwise = reader.parse(TERNARY - 1);
  return { kind: 'choice', test, then, else: otherwise, start: test.start, end: otherwise.end };
};

const OTHER_INFIX: ReadonlyMap<string, { binds: number; tail: (reader: Reader, left: Ast) => Ast }> = new Map([
  ['??', { binds: OTHERWISE, tail: otherwiseTail }],
  ['?', { binds: TERNARY, tail: choiceTail }],
  ['?:', { binds: TERNARY, tail: choiceTail }],
]);

/** What is asked of `left` in words; undefined when no such word follows. */
const asked = (reader: Reader, left: Ast): Ast | undefined => tests(reader, left) ?? worded(reader, left);

/** `x exists`, `x not exists`, `x is null`, `x is not number`. */
const tests = (reader: Reader, of: Ast): Ast | undefined => {
  const denied = reader.is('not') && reader.is('exists', 1);
  if (denied) reader.next();
  if (reader.takes('exists')) {
    const exists: Ast = { kind: 'exists', of, start: of.start, end: reader.end };
    return denied ? { kind: 'not', of: exists, start: of.start, end: reader.end } : exists;
  }
  if (!reader.takes('is')) return undefined;
  const negated = reader.takes('not');
  if (reader.is('a') || reader.is('an')) reader.next();
  const word = reader.next();
  const type = Object.hasOwn(TYPE_WORDS, word.value) ? TYPE_WORDS[word.value] : undefined;
  if (type === undefined) {
    reader.stop(
      word,
      'TM3001',
      '`is` is followed by null, number, string, boolean, array or object',
      didYouMean(word.value, Object.keys(TYPE_WORDS)),
    );
  }
  return { kind: 'is', of, type: type as NonNullable<typeof type>, negated, start: of.start, end: word.end };
};

/** `matches`, and `not in`, `not contains`, `not matches` … */
const worded = (reader: Reader, left: Ast): Ast | undefined => {
  if (reader.is('matches')) return matchesTail(reader, left);
  if (!reader.is('not')) return undefined;
  const { value } = reader.peek(1);
  const binary = binaryOperator(value);
  if (value !== 'matches' && (!binary || !/^[a-z]/.test(value))) return undefined;
  reader.next();
  const of = binary ? binaryTail(reader, left, binary.operator, COMPARING) : matchesTail(reader, left);
  return { kind: 'not', of, start: of.start, end: of.end };
};

const matchesTail = (reader: Reader, of: Ast): Ast => {
  reader.next();
  const pattern = reader.parse(COMPARING);
  const written =
    pattern.kind === 'literal' && typeof pattern.value === 'string' ? compileRegex(pattern.value) : undefined;
  if (written && 'refused' in written) {
    return reader.stop(pattern, 'TM3007', `this regular expression cannot be used: ${written.refused}`, {
      help: 'RE2 syntax: no look-around, no back-references, repeat counts up to 1000',
    });
  }
  return { kind: 'matches', of, pattern, regex: written, start: of.start, end: pattern.end };
};
