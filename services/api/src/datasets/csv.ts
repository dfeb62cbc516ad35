import { typedText, type Value, type ValueMap } from '@testmesh/domain';

// CSV as RFC 4180 has it: a header, commas, cells in quotes where they hold commas, quotes or line ends.

export type CsvRows =
  | { readonly ok: true; readonly columns: readonly string[]; readonly rows: readonly ValueMap[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** Rows by the names of the header; `true`, `false` and numbers in their shortest form are typed, all else is text. */
export const readCsv = (text: string): CsvRows => {
  const read = records(text.replace(/^\uFEFF/, ''));
  if (!read.ok) return read;
  const [header, ...rest] = read.records;
  if (header === undefined) return wrong(1, 'there is no header with the names of the columns');
  const columns = header.cells.map(({ text: name }) => name.trim());
  const rows: ValueMap[] = [];
  for (const { line, cells } of rest) {
    if (cells.length !== columns.length) {
      return wrong(line, `${cells.length} cells stand under ${columns.length} columns`);
    }
    rows.push(Object.fromEntries(columns.map((name, at) => [name, cellValue(cells[at])])));
  }
  return { ok: true, columns, rows };
};

interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly cells: readonly Cell[];
}

/** What is written in quotes is text as it stands. */
const cellValue = (cell: Cell | undefined): Value => {
  if (cell === undefined) return '';
  return cell.quoted ? cell.text : typedText(cell.text);
};

const wrong = (line: number, message: string) => ({ ok: false as const, line, message });

// A cell in quotes, or one without; then what ends it.
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

type Records = { readonly ok: true; readonly records: readonly CsvRecord[] } | ReturnType<typeof wrong>;

const records = (text: string): Records => {
  const found: CsvRecord[] = [];
  let line = 1;
  let cells: Cell[] = [];
  let start = line;
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length || cells.length > 0) {
    const match = CELL.exec(text);
    if (match === null) return wrong(line, 'a quote begins or ends in the middle of a cell');
    const [whole, quoted, plain = '', end] = match;
    cells.push({ text: quoted?.replaceAll('""', '"') ?? plain, quoted: quoted !== undefined });
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    const isBlank = cells.length === 1 && cells[0]?.text === '' && !cells[0].quoted;
    if (!isBlank) found.push({ line: start, cells });
    cells = [];
    start = line;
  }
  return { ok: true, records: found };
};
