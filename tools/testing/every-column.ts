import { brotliDecompressSync } from 'node:zlib';
import pg from 'pg';

/** Every value of every column that can hold a text, of every table of a database: names first, bytes as they are. */
export const everyColumn = async (url: string): Promise<string> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ place: string; column: string }>(COLUMNS);
    const texts: string[] = [];
    for (const { place, column } of rows) {
      const found = await client.query<{ value: Buffer | string }>(
        `select ${column} as value from ${place} where ${column} is not null`,
      );
      for (const { value } of found.rows) {
        texts.push(`${place}.${column}: ${textOf(value)}`);
      }
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
};

const textOf = (value: unknown): string => {
  if (Buffer.isBuffer(value)) return `${unpacked(value)}${value.toString('latin1')}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Views are kept packed, and nothing of their bytes says so. */
const unpacked = (bytes: Buffer): string => {
  try {
    return brotliDecompressSync(bytes).toString();
  } catch {
    return '';
  }
};

// Whatever is no number, no time and no truth value: a type that somebody adds tomorrow is looked at, too.
const COLUMNS = `select format('%I.%I', c.table_schema, c.table_name) as place, format('%I', c.column_name) as column
  from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
  where t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')
    and c.data_type not in ('boolean', 'smallint', 'integer', 'bigint', 'real', 'double precision', 'numeric', 'date',
      'timestamp with time zone', 'timestamp without time zone', 'interval')
  order by 1, c.ordinal_position`;
