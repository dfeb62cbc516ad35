import type { Text } from '../model/text.ts';

/** Text that stands as it is in one line of a file, from `column` on. */
export const plainText = (value: string, file = '', line = 1, column = 1): Text => ({
  value,
  span: (start, end) => ({ file, line, column: column + start, endLine: line, endColumn: column + end }),
});
