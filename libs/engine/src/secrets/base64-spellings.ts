/**
 * What base64 text contains when the secret is part of what was encoded: three alignments, without the edge
 * characters that also depend on the neighbours.
 */
export const base64Spellings = (text: string): string[] => {
  const bytes = new TextEncoder().encode(text);
  const spellings = [0, 1, 2]
    .map((offset) => alignedBase64(bytes, offset))
    .filter(({ length }) => length >= MIN_BASE64);
  return unique(spellings.flatMap((spelling) => [spelling, spelling.replaceAll('+', '-').replaceAll('/', '_')]));
};

// Shorter pieces would be found in any base64 text.
const MIN_BASE64 = 6;

const CUT_BEFORE = [0, 2, 3];
const CUT_AFTER = [0, 3, 2];

const alignedBase64 = (bytes: Uint8Array, offset: number): string => {
  const text = btoa('\0'.repeat(offset) + String.fromCharCode(...bytes));
  const cutAfter = CUT_AFTER[(offset + bytes.length) % 3] ?? 0;
  return text.slice(CUT_BEFORE[offset], text.length - cutAfter);
};

const unique = (spellings: readonly string[]): string[] => [...new Set(spellings)];
