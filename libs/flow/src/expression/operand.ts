// What an operator works on: literals, names, calls, lists, maps, texts, placeholders, groups.
import { numberFromText } from '@testmesh/domain';
import { parseQuery } from '../path/query.ts';
import { didYouMean } from '../source/suggest.ts';
import type { Ast, Place } from './ast.ts';
import { builtin } from './builtins.ts';
import { functionNamed, functionTable, signatureOf } from './function-table.ts';
import type { Token } from './lexer.ts';
import type { Reader } from './reader.ts';
import { placeholder, quotedText, unescaped } from './text-parts.ts';

const KEYWORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null, nil: null };
/** Words that can only follow a value. Not `exists`: it is also a key of results, `exists == true`. */
const INFIX_WORDS: ReadonlySet<string> = new Set([
  'and',
  'or',
  'in',
  'is',
  'contains',
  'matches',
  'startsWith',
  'starts_with',
  'endsWith',
  'ends_with',
]);

export const operand = (reader: Reader): Ast => {
  const token = reader.next();
  const place = { start: token.start, end: token.end };
  switch (token.kind) {
    case 'number':
      return { kind: 'literal', value: numberLiteral(reader, token), ...place };
    case 'text':
      return quotedText(reader.text, token, reader.parseRange);
    case 'placeholder':
      return placeholder(reader.text, token.start, token.end, reader.parseRange);
    case 'path':
      return { kind: 'query', query: parseQuery(reader.text, token.start, token.end), ...place };
    case 'name':
      return named(reader, token);
    case 'sign':
      return signed(reader, token);
    default:
      return reader.stop(place, 'TM3001', 'the expression ends where a value is expected');
  }
};

const numberLiteral = (reader: Reader, token: Token) => {
  if (/^0\d/.test(token.value)) {
    reader.stop(token, 'TM3001', `\`${token.value}\` has a leading zero`, { help: 'quote it if it is a text' });
  }
  return numberFromText(token.value.startsWith('.') ? `0${token.value}` : token.value);
};

const named = (reader: Reader, token: Token): Ast => {
  const place = { start: token.start, end: token.end };
  if (Object.hasOwn(KEYWORDS, token.value)) return { kind: 'literal', value: KEYWORDS[token.value] ?? null, ...place };
  // A word such as `contains` names something when it is used like a name.
  if (INFIX_WORDS.has(token.value) && !reader.is('.') && !reader.is('(')) {
    reader.stop(place, 'TM3001', `\`${token.value}\` stands where a value is expected`);
  }
  const drawn = builtin(reader, token);
  if (drawn) return drawn;
  if (reader.is('(')) return call(reader, token, undefined);
  if (token.value === 'constructor' || token.value === 'prototype' || token.value === '__proto__') {
    reader.stop(place, 'TM3009', `\`${token.value}\` is no name of a flow`);
  }
  return { kind: 'name', name: token.value, ...place };
};

/** `name(…)`; with a subject also `subject|name`, `subject|name(…)` and `subject.name(…)`. */
export const call = (reader: Reader, name: Token, subject: Ast | undefined): Ast => {
  const known = functionNamed(name.value);
  if (known === undefined) {
    return reader.stop(
      name,
      'TM3003',
      `there is no function \`${name.value}\``,
      didYouMean(name.value, Object.keys(functionTable)),
    );
  }
  const signature = signatureOf(known);
  const args = subject ? [subject] : [];
  if (reader.takes('(') && !reader.takes(')')) {
    do args.push(signature.each && args.length === 1 ? perElement(reader) : reader.parse(0));
    while (reader.takes(','));
    reader.expect(')', 'after the arguments');
  }
  const place = { start: subject?.start ?? name.start, end: reader.end };
  checkCount(reader, name, args.length, { ...signature, ...place });
  return { kind: 'call', function: known, args, ...place };
};

const checkCount = (
  reader: Reader,
  { value }: Token,
  count: number,
  takes: Place & { min: number; max: number },
): void => {
  if (count >= takes.min && count <= takes.max) return;
  const wanted = takes.min === takes.max ? `${takes.min}` : `${takes.min} to ${takes.max}`;
  const noun = wanted === '1' ? 'argument' : 'arguments';
  reader.stop(takes, 'TM3004', `\`${value}\` takes ${wanted} ${noun}, not ${count}`);
};

/** `.price > 0`, also in braces: `{.price > 0}`, `{# > 0}`. */
const perElement = (reader: Reader): Ast => {
  const braced = reader.is('{') && (reader.is('.', 1) || reader.is('#', 1));
  if (braced) reader.next();
  const { value, used } = reader.withElement(() => reader.parse(0));
  if (braced) reader.expect('}', 'after the condition');
  if (!used) {
    reader.stop(value, 'TM3004', 'this argument is worked out for each element and does not look at it', {
      help: 'name a field of the element as `.price`, the element itself as `#`',
    });
  }
  return value;
};

const signed = (reader: Reader, token: Token): Ast => {
  const { start } = token;
  switch (token.value) {
    case '(': {
      const inner = reader.parse(0);
      reader.expect(')', 'to close the group');
      const group = { ...inner, start, end: reader.end };
      reader.grouped.add(group);
      return group;
    }
    case '[':
      return list(reader, start);
    case '{':
      return map(reader, start);
    case '#':
      reader.useElement(token);
      return { kind: 'element', start, end: token.end };
    case '.': {
      reader.useElement(token);
      const key = reader.next();
      if (key.kind !== 'name') return reader.stop(key, 'TM3001', 'a name is expected after `.`');
      const element: Ast = { kind: 'element', start, end: token.end };
      return { kind: 'member', of: element, key: key.value, keyStart: key.start, optional: false, start, end: key.end };
    }
    default:
      return reader.stop(token, 'TM3001', `\`${token.value}\` stands where a value is expected`);
  }
};

const list = (reader: Reader, start: number): Ast => {
  const items: Ast[] = [];
  while (!reader.takes(']')) {
    items.push(reader.parse(0));
    if (!reader.is(']')) reader.expect(',', 'or `]`');
  }
  return { kind: 'list', items, start, end: reader.end };
};

const map = (reader: Reader, start: number): Ast => {
  const entries: { key: string; value: Ast }[] = [];
  while (!reader.takes('}')) {
    const key = reader.next();
    if (key.kind !== 'name' && key.kind !== 'text') return reader.stop(key, 'TM3001', 'a key is expected');
    const name = key.kind === 'text' ? unescaped(key.value) : key.value;
    if (name === '__proto__') return reader.stop(key, 'TM3009', '`__proto__` cannot be a key');
    reader.expect(':', 'after a key');
    entries.push({ key: name, value: reader.parse(0) });
    if (!reader.is('}')) reader.expect(',', 'or `}`');
  }
  return { kind: 'map', entries, start, end: reader.end };
};
