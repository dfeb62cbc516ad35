// What may follow an operand: `.key`, `?.key`, `[index]`, `[from:to]`, `[.filter]`, `|transform`, `.method()`.
import type { Ast } from './ast.ts';
import { call } from './operand.ts';
import type { Reader } from './reader.ts';

export const continued = (reader: Reader, operand: Ast): Ast => {
  let ast = operand;
  for (let count = 0; ; count++) {
    reader.link(count);
    if (reader.is('.') || reader.is('?.')) ast = member(reader, ast);
    else if (reader.is('[')) ast = bracket(reader, ast, false);
    else if (reader.takes('|')) ast = transform(reader, ast);
    else return ast;
  }
};

const member = (reader: Reader, of: Ast): Ast => {
  const optional = reader.next().value === '?.';
  if (optional && reader.is('[')) return bracket(reader, of, true);
  const key = reader.next();
  const { end } = key;
  if (key.kind === 'number') {
    const index: Ast = { kind: 'literal', value: Number(key.value), start: key.start, end };
    return { kind: 'index', of, index, optional, start: of.start, end };
  }
  if (key.kind !== 'name') return reader.stop(key, 'TM3001', 'a name is expected after `.`');
  if (reader.is('(')) return call(reader, key, of);
  if (key.value === '__proto__') return reader.stop(key, 'TM3009', '`__proto__` cannot be read');
  return { kind: 'member', of, key: key.value, keyStart: key.start, optional, start: of.start, end };
};

const bracket = (reader: Reader, of: Ast, optional: boolean): Ast => {
  reader.next();
  const { value: inner, used } = reader.withElement(() => (reader.is(':') ? undefined : reader.parse(0)));
  if (reader.takes(':')) {
    const to = reader.is(']') ? undefined : reader.parse(0);
    reader.expect(']', 'to close the slice');
    return { kind: 'slice', of, from: inner, to, start: of.start, end: reader.end };
  }
  reader.expect(']', 'to close `[`');
  const place = { start: of.start, end: reader.end };
  if (inner === undefined) return reader.stop(place, 'TM3001', 'an index is expected between `[` and `]`');
  return used ? { kind: 'filter', of, keep: inner, ...place } : { kind: 'index', of, index: inner, optional, ...place };
};

const transform = (reader: Reader, subject: Ast): Ast => {
  const name = reader.next();
  if (name.kind !== 'name') return reader.stop(name, 'TM3001', 'the name of a transform is expected after `|`');
  return call(reader, name, subject);
};
