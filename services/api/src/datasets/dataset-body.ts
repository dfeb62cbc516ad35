import { createHash } from 'node:crypto';
import { Problem } from '@testmesh/contracts';
import { canonicalJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Dataset, DatasetContent, DatasetVersion } from '@testmesh/store-postgres';
import * as z from 'zod';
import { description, instant, json, thingName } from '../configuration/wire.ts';
import { readCsv } from './csv.ts';

const MOST_ROWS = 100_000;
const MOST_COLUMNS = 200;
const column = z.string().trim().min(1).max(100);

/** What POST and PUT take: rows as objects, or the text of a CSV file. */
export const datasetRequest = z
  .strictObject({
    name: thingName,
    description,
    rows: z.array(z.record(column, json)).max(MOST_ROWS).optional().describe('each with the same columns'),
    csv: z.string().optional().describe('with a header; numbers and booleans in their shortest form are typed'),
  })
  .refine((body) => (body.rows === undefined) !== (body.csv === undefined), {
    error: 'give the rows as exactly one of rows and csv',
    path: ['rows'],
  })
  .meta({ id: 'DatasetRequest' });
type DatasetRequest = z.output<typeof datasetRequest>;

const table = {
  version: z.int(),
  columns: z.array(z.string()),
  row_count: z.int(),
  size_bytes: z.int(),
};

export const datasetBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    description: z.string(),
    ...table,
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Dataset' });

export const datasetVersionBody = z
  .object({ ...table, author: z.string(), created_at: instant })
  .meta({ id: 'DatasetVersion' });

/** The rows that a request describes, each with the columns of the first. */
export const rowsIn = ({ rows, csv }: Pick<DatasetRequest, 'rows' | 'csv'>): Rows =>
  csv === undefined ? fromRows(rows ?? []) : fromCsv(csv);

/** The dataset that a request describes. */
export const contentOf = (request: DatasetRequest): DatasetContent => {
  const { columns, rows } = rowsIn(request);
  const text = canonicalJson(rows as Value);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return {
    name: request.name,
    description: request.description,
    table: { columns, rowCount: rows.length, sizeBytes: Buffer.byteLength(text), sha256 },
    rows: text,
  };
};

interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly ValueMap[];
}

const refused = (pointer: string, message: string): Problem =>
  new Problem('invalid-request', message, { errors: [{ pointer, message }] });

const fromRows = (rows: NonNullable<DatasetRequest['rows']>): Rows => {
  const columns = Object.keys(rows[0] ?? {});
  const known = new Set(columns);
  rows.forEach((row, at) => {
    const names = Object.keys(row);
    if (names.length === columns.length && names.every((name) => known.has(name))) return;
    throw refused(`/rows/${at}`, `row ${at + 1} has other columns than the first one: ${names.join(', ')}`);
  });
  return checked('/rows', { columns, rows: rows as readonly ValueMap[] });
};

const fromCsv = (csv: string): Rows => {
  const read = readCsv(csv);
  if (!read.ok) throw refused('/csv', `line ${read.line}: ${read.message}`);
  return checked('/csv', read);
};

const checked = (pointer: string, { columns, rows }: Rows): Rows => {
  if (rows.length === 0) throw refused(pointer, 'a dataset has at least one row');
  if (rows.length > MOST_ROWS) throw refused(pointer, `a dataset may have ${MOST_ROWS} rows, this has ${rows.length}`);
  if (columns.length > MOST_COLUMNS) {
    throw refused(pointer, `a dataset may have ${MOST_COLUMNS} columns, this has ${columns.length}`);
  }
  const twice = columns.find((name, at) => columns.indexOf(name) !== at);
  if (twice !== undefined) throw refused(pointer, `the column ${twice} is there twice`);
  if (columns.length === 0 || columns.includes('')) throw refused(pointer, 'every column needs a name');
  return { columns, rows };
};

const tableOf = ({ columns, rowCount, sizeBytes }: Dataset['table'], version: number) => ({
  version,
  columns: [...columns],
  row_count: rowCount,
  size_bytes: sizeBytes,
});

export const datasetOf = (dataset: Dataset) => ({
  id: dataset.id,
  name: dataset.name,
  description: dataset.description,
  ...tableOf(dataset.table, dataset.version),
  created_at: dataset.createdAt.toISOString(),
  updated_at: dataset.updatedAt.toISOString(),
});

export const datasetVersionOf = (version: DatasetVersion) => ({
  ...tableOf(version, version.version),
  author: version.author,
  created_at: version.createdAt.toISOString(),
});
