// Where a placeholder stands in the userinfo of a connection string: `postgres://app:${DB_PASS}@host/db`.
import type { TextPart } from '../expression/ast.ts';

/** Stands for a placeholder while the literal text around it is looked at. */
const PLACEHOLDER = '\u0000';
const AUTHORITY = /[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#\s"'<>]*)@/g;

/** Marks the placeholders of userinfo, and encodes an `@` of a user name (`app@myserver`) that would end it too early. */
export const withUserInfo = (parts: readonly TextPart[]): readonly TextPart[] => {
  const outline = parts
    .map((part) => (part.kind === 'literal' ? part.text.replaceAll(PLACEHOLDER, ' ') : PLACEHOLDER))
    .join('');
  if (!outline.includes('://')) return parts;
  const ranges = [...outline.matchAll(AUTHORITY)].map((found) => {
    const end = found.index + found[0].length - 1;
    return { start: end - (found[1] ?? '').length, end };
  });
  const inside = (at: number) =>
    ranges.some(({ start, end }) => at >= start && at < end && outline.slice(start, end).includes(PLACEHOLDER));
  let at = 0;
  return parts.map((part): TextPart => {
    const start = at;
    at += part.kind === 'literal' ? part.text.length : 1;
    if (part.kind === 'placeholder') return inside(start) ? { ...part, inUserInfo: true } : part;
    return {
      ...part,
      text: part.text.replaceAll('@', (found, index: number) => (inside(start + index) ? '%40' : found)),
    };
  });
};
