// PostgreSQL's text form of values, both ways.
// P1. A number keeps its digits; text that looks like a number stays text.
// P2. What JSON cannot say (NaN, infinity, a date before our era) stays PostgreSQL's own text.
import { ExactNumber, isJsonNumber, numberFromText, parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { parse as parseArray } from 'postgres-array';
import { isoTimestamp, utcTimestamp } from './timestamps.ts';

type Decode = (text: string) => Value;

const number: Decode = (text) => (isJsonNumber(text) ? numberFromText(text) : text);
const asItIs: Decode = (text) => text;

/** How the values of a type are read, by its object id (PostgreSQL's pg_type.dat). */
const BY_TYPE: ReadonlyMap<number, Decode> = new Map([
  [16, (text) => text === 't'],
  ...[20, 21, 23, 26, 700, 701, 1700].map((oid): [number, Decode] => [oid, number]),
  ...[114, 3802].map((oid): [number, Decode] => [oid, parseJson]),
  [1114, isoTimestamp],
  [1184, utcTimestamp],
]);

/** Object ids of array types and of their elements. */
const ELEMENTS: ReadonlyMap<number, number> = new Map([
  ...[
    [1000, 16],
    [1001, 17],
    [1002, 18],
    [1003, 19],
    [1005, 21],
    [1007, 23],
    [1009, 25],
    [1014, 1042],
  ],
  ...[
    [1015, 1043],
    [1016, 20],
    [1021, 700],
    [1022, 701],
    [1028, 26],
    [1115, 1114],
    [1182, 1082],
    [1183, 1083],
  ],
  ...[
    [1185, 1184],
    [1187, 1186],
    [1231, 1700],
    [1270, 1266],
    [199, 114],
    [3807, 3802],
    [2951, 2950],
  ],
  ...[
    [1041, 869],
    [651, 650],
    [1040, 829],
    [791, 790],
    [1561, 1560],
    [1563, 1562],
  ],
] as [number, number][]);

/** Types below this id are built in; those above are the database's own. */
const FIRST_OWN_TYPE = 16_384;

/** Whether the type is unknown here and may be an array of an own type: an enum's, a domain's. */
export const isOwnType = (oid: number): boolean => oid >= FIRST_OWN_TYPE;

/** Reads the text of a value; `ownArrays` gives the element types of the database's own array types. */
export const decodePostgres = (oid: number, ownArrays: ReadonlyMap<number, number>): Decode => {
  const element = ELEMENTS.get(oid) ?? (ownArrays.get(oid) || undefined);
  if (element === undefined) return BY_TYPE.get(oid) ?? asItIs;
  const decode = BY_TYPE.get(element) ?? asItIs;
  // The parser hands null through by itself and nests for inner arrays.
  return (text) => parseArray(text, decode) as Value;
};

/** A parameter as PostgreSQL reads it: text of any type, null, or an array literal. */
export const encodePostgres = (value: Value): string | null => {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && !value.some(isMap)) return arrayLiteral(value);
  return typeof value === 'object' && !(value instanceof ExactNumber) ? stringifyJson(value) : String(value);
};

const isMap = (value: Value): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const arrayLiteral = (items: readonly Value[]): string => `{${items.map(arrayItem).join(',')}}`;

const arrayItem = (item: Value): string => {
  if (item === null) return 'NULL';
  if (Array.isArray(item)) return arrayLiteral(item);
  if (typeof item !== 'string') return String(item);
  return `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
