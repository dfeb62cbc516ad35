// Text with placeholders: `order ${id}`, `{{name}}`, `$${` for a literal `${`.
import { typedText } from '@testmesh/domain';
import type { Text } from '../model/text.ts';
import type { Ast, TextPart } from './ast.ts';
import type { Token } from './lexer.ts';
import { closingBraces, defaultBegins, opensPlaceholder } from './placeholder.ts';
import { trouble } from './problem.ts';
import type { ParseRange } from './reader.ts';

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["'\\ntr/]))/g;
const MEANT: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The text an author meant by a quoted one; a backslash that escapes nothing stays, as `"\d+"` needs it to. */
export const unescaped = (source: string): string =>
  source.includes('\\')
    ? source.replace(ESCAPE, (_all, code: string | undefined, char: string) =>
        code === undefined ? (MEANT[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
      )
    : source;

/** A quoted text of an expression. One that is a single placeholder is that placeholder, with its type. */
export const quotedText = (text: Text, token: Token, parseRange: ParseRange): Ast => {
  const place = { start: token.start, end: token.end };
  const parts = textParts(text, token.start + 1, token.end - 1, parseRange, unescaped);
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', value: '', ...place };
  if (parts.length > 1) return { kind: 'text', parts, ...place };
  return first.kind === 'literal' ? { kind: 'literal', value: first.text, ...place } : first.ast;
};

const same = (source: string): string => source;

/** Splits `text.value.slice(start, end)` at its placeholders. */
export const textParts = (
  text: Text,
  start: number,
  end: number,
  parseRange: ParseRange,
  literal: (source: string) => string = same,
): readonly TextPart[] => {
  const source = text.value;
  const parts: TextPart[] = [];
  let pending = '';
  let from = start;
  let at = start;
  const flush = () => {
    pending += literal(source.slice(from, at));
  };
  while (at < end) {
    if (source.startsWith('$${', at)) {
      flush();
      pending += '${';
      at = from = at + 3;
    } else if (opensPlaceholder(source, at)) {
      flush();
      if (pending !== '') parts.push({ kind: 'literal', text: pending });
      pending = '';
      const close = closingBraces(source, at, end) ?? neverClosed(text, at);
      parts.push({ kind: 'placeholder', ast: placeholder(text, at, close, parseRange), inUserInfo: false });
      at = from = close;
    } else at++;
  }
  flush();
  if (pending !== '') parts.push({ kind: 'literal', text: pending });
  return parts;
};

const neverClosed = (text: Text, at: number): never =>
  trouble(
    text,
    { start: at, end: at + 2 },
    {
      code: 'TM3008',
      message: `\`${text.value.slice(at, at + 2)}\` is never closed`,
      help: text.value[at] === '$' ? 'write `$${` for a literal `${`' : "write `${'{{'}` for a literal `{{`",
    },
  );

/** What stands between `${` and `}`: an expression, a name with a default, or something that may be absent (`x?`). */
export const placeholder = (text: Text, start: number, end: number, parseRange: ParseRange): Ast => {
  const source = text.value;
  const place = { start, end };
  const bodyStart = start + 2;
  const bodyEnd = end - (source[start] === '{' ? 2 : 1);
  const body = source.slice(bodyStart, bodyEnd).trimEnd();
  if (body.trim() === '') {
    return trouble(text, place, { code: 'TM3008', message: 'nothing stands between the braces' });
  }
  const defaultAt = defaultBegins(source, bodyStart);
  if (defaultAt !== undefined && defaultAt <= bodyEnd) {
    const of = parseRange(text, bodyStart, defaultAt - 1);
    return { kind: 'default', of, default: defaultText(text, defaultAt, bodyEnd, parseRange), ...place };
  }
  if (body.endsWith('?')) {
    return { kind: 'maybe', of: parseRange(text, bodyStart, bodyStart + body.length - 1), ...place };
  }
  return parseRange(text, bodyStart, bodyEnd);
};

/** The default of `${PORT:8080}`: text from outside, so a number where it reads as one, unless it is quoted. */
const defaultText = (text: Text, start: number, end: number, parseRange: ParseRange): Ast => {
  const place = { start, end };
  const source = text.value.slice(start, end);
  const quoted = /^\s*(["'])(.*)\1\s*$/s.exec(source);
  if (quoted) return { kind: 'literal', value: unescaped(quoted[2] ?? ''), ...place };
  const parts = textParts(text, start, end, parseRange);
  if (parts.length === 1 && parts[0]?.kind === 'placeholder') return parts[0].ast;
  if (parts.some(({ kind }) => kind === 'placeholder')) return { kind: 'text', parts, ...place };
  return { kind: 'literal', value: typedText(source), ...place };
};
