// MySQL's and MariaDB's values, both ways; the same rules as for PostgreSQL.
import { ExactNumber, isJsonNumber, numberFromText, parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { isoTimestamp } from './timestamps.ts';

/** A column as the driver describes it. */
export interface MysqlColumn {
  /** The protocol's name of the type: `LONGLONG`, `NEWDECIMAL`. */
  readonly type: string;
  /** The declared width; 1 is how a BOOLEAN shows itself. */
  readonly length: number;
  /** Bytes rather than text. */
  readonly isBinary: boolean;
  /** MariaDB's JSON is text with a mark. */
  readonly isJson: boolean;
}

const NUMBERS: ReadonlySet<string> = new Set([
  ...['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG', 'YEAR'],
  ...['FLOAT', 'DOUBLE', 'DECIMAL', 'NEWDECIMAL'],
]);
const BYTES: ReadonlySet<string> = new Set([
  ...['TINY_BLOB', 'MEDIUM_BLOB', 'LONG_BLOB', 'BLOB', 'STRING', 'VAR_STRING'],
  ...['BIT', 'GEOMETRY'],
]);

/** Reads a value; bytes that are no text are written as PostgreSQL writes them, `\\xdead`. */
export const decodeMysql = (column: MysqlColumn, bytes: Buffer): Value => {
  const { type, length, isBinary, isJson } = column;
  if (isJson) return parseJson(bytes.toString());
  if (isBinary && BYTES.has(type)) return `\\x${bytes.toString('hex')}`;
  const text = bytes.toString();
  if (type === 'TINY' && length === 1) return text !== '0';
  if (NUMBERS.has(type)) return isJsonNumber(text) ? numberFromText(text) : text;
  if (type === 'DATETIME') return isoTimestamp(text);
  // The session's time zone is UTC, so what it shows is UTC.
  return type === 'TIMESTAMP' ? `${isoTimestamp(text)}Z` : text;
};

/** A parameter for the driver to escape: text, digits that stay digits, or a list for `IN (?)`. */
export const encodeMysql = (value: Value): string | number | boolean | null | ExactNumber | readonly unknown[] => {
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return value;
  if (!Array.isArray(value)) return stringifyJson(value);
  const isFlat = value.every((item: Value) => item === null || typeof item !== 'object' || item instanceof ExactNumber);
  return isFlat ? value : stringifyJson(value);
};
