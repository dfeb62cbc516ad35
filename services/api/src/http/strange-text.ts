/** A text that no database keeps and no client reads, and where it stands. */
export interface StrangeText {
  readonly path: readonly string[];
  readonly what: string;
}

/** The first text with a NUL or with half of a surrogate pair in it, keys included; nesting is bounded before. */
export const strangeTextIn = (value: unknown, path: readonly string[] = []): StrangeText | undefined => {
  if (typeof value === 'string') {
    const what = strangeness(value);
    return what === undefined ? undefined : { path, what };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const what = strangeness(key);
    if (what !== undefined) return { path, what: `a key with ${what}` };
    const found = strangeTextIn(inner, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
};

const strangeness = (text: string): string | undefined => {
  if (text.includes('\0')) return 'the character U+0000';
  return text.isWellFormed() ? undefined : 'half of a surrogate pair';
};
