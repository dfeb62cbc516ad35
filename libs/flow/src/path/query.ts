// Paths into a result: JSONPath (RFC 9535) and its shorthands `body.id`, `rows[0].total`, `users.0.name`.
// Names and indexes are walked here; only a path that may select several nodes needs the library.
import type { Value } from '@testmesh/domain';
import { trouble } from '../expression/problem.ts';
import type { Text } from '../model/text.ts';
import { compileJsonPath } from './json-path.ts';

/** A singular query gives a value, any other a list. */
export type Query =
  | { readonly kind: 'singular'; readonly segments: readonly (string | number)[] }
  | {
      readonly kind: 'many';
      /** Names and indexes before the part that selects several nodes. */
      readonly segments: readonly (string | number)[];
      readonly select: (from: Value) => readonly Value[];
    };

const NAME = /[\p{L}_][\p{L}\p{Nd}_-]*/uy;
const DOT_NAME = /\.([\p{L}_][\p{L}\p{Nd}_-]*)/uy;
const DOT_INDEX = /\.(\d+)(?![\p{L}\p{Nd}_-])/uy;
const INDEX = /\[\s*(-?\d+)\s*\]/y;
const QUOTED = /\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/sy;

/** Reads the path in `text.value.slice(start, end)`. */
export const parseQuery = (text: Text, start: number, end: number): Query => {
  const source = text.value.slice(0, end);
  const segments: (string | number)[] = [];
  let at = start;
  if (source[at] === '$' || source[at] === '@') at++;
  else {
    const name = match(NAME, source, at);
    if (name) segments.push(name[0]);
    at += name?.[0].length ?? 0;
  }
  for (;;) {
    const found = segment(source, at);
    if (!found) break;
    segments.push(found.key);
    at = found.end;
  }
  if (segments.includes('__proto__')) {
    return trouble(text, { start, end }, { code: 'TM3009', message: '`__proto__` cannot be read' });
  }
  if (at === end && at > start) return { kind: 'singular', segments };
  return { kind: 'many', segments, select: rest(text, start, at, end) };
};

const segment = (source: string, at: number): { key: string | number; end: number } | undefined => {
  const name = match(DOT_NAME, source, at);
  // `.sum(` is a call, not a name.
  if (name && source[at + name[0].length] !== '(') return { key: name[1] ?? '', end: at + name[0].length };
  const index = match(DOT_INDEX, source, at) ?? match(INDEX, source, at);
  if (index) return { key: Number(index[1]), end: at + index[0].length };
  const quoted = match(QUOTED, source, at);
  if (!quoted) return undefined;
  return { key: (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/gs, '$1'), end: at + quoted[0].length };
};

/** What follows the names and indexes, for the library. */
const rest = (text: Text, start: number, at: number, end: number): ((from: Value) => readonly Value[]) => {
  const remainder = text.value.slice(at, end);
  const compiled = refusal(text.value[start] === '$', remainder) ?? compileJsonPath(`$${remainder}`);
  if ('select' in compiled) return compiled.select;
  const place = { start: Math.max(start, Math.min(end - 1, at + compiled.offset - 1)), end };
  return trouble(text, place, {
    code: 'TM3010',
    message: `this path cannot be read: ${compiled.refused}`,
    help: 'for example `body.items[0].id`, `$.items[*].id` or `$.items[?@.price > 1]`',
  });
};

const refusal = (isJsonPath: boolean, remainder: string) => {
  if (!/^[.[]/.test(remainder)) return { refused: 'it is not names joined by `.`, with `[…]`', offset: 1 };
  if (!isJsonPath && /^\[[^\]:?*]*,/.test(remainder))
    return { refused: 'several keys in `[…]` need a path that begins with `$`', offset: 1 };
  return undefined;
};

const match = (pattern: RegExp, source: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at;
  return pattern.exec(source);
};
