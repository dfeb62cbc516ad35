import { typedText, type ValueMap } from '@testmesh/domain';

// CSV as RFC 4180 has it: a header line, fields in double quotes where they need them, "" for a quote.

/** The rows of a CSV text, cells typed where their text is a canonical number or boolean. */
export const csvRows = (text: string): readonly ValueMap[] => {
  const [header, ...lines] = records(text.replace(/^\uFEFF/, ''));
  if (!header) return [];
  return lines.map((cells, at) => {
    if (cells.length !== header.length) {
      throw new Error(`row ${at + 1} has ${cells.length} cells, and the header has ${header.length}`);
    }
    return Object.fromEntries(header.map((name, column) => [name, typedText(cells[column] ?? '')]));
  });
};

const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

const records = (text: string): string[][] => {
  const all: string[][] = [];
  let current: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const from = FIELD.lastIndex;
    const match = FIELD.exec(text);
    if (!match) throw new Error(`the text around character ${from} is not CSV: a quote is out of place`);
    const [, quoted, plain = '', end] = match;
    current.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (current.length > 1 || current[0] !== '') all.push(current);
    current = [];
  }
  if (current.length > 0) all.push([...current, '']);
  return all;
};
