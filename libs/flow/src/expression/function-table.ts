// The functions of the language by name; what they do is in `functions.ts`.
// `each` marks an argument that is worked out for every element of the first: `all(items, .price > 0)`.
interface Signature {
  readonly min: number;
  readonly max: number;
  readonly each?: true;
}

const takes = (min: number, max = min): Signature => ({ min, max });
const each: Signature = { min: 2, max: 2, each: true };

export const functionTable = {
  len: takes(1),
  all: each,
  any: each,
  one: each,
  none: each,
  filter: each,
  map: each,
  find: each,
  count: { min: 1, max: 2, each: true },
  first: takes(1),
  last: takes(1),
  sum: takes(1),
  avg: takes(1),
  min: takes(1, 100),
  max: takes(1, 100),
  sort: takes(1),
  reverse: takes(1),
  unique: takes(1),
  keys: takes(1),
  values: takes(1),
  type: takes(1),
  string: takes(1),
  number: takes(1),
  int: takes(1),
  float: takes(1),
  upper: takes(1),
  lower: takes(1),
  trim: takes(1),
  split: takes(2),
  join: takes(1, 2),
  replace: takes(3),
  substring: takes(2, 3),
  index_of: takes(2),
  abs: takes(1),
  round: takes(1, 2),
  floor: takes(1),
  ceil: takes(1),
  now: takes(0),
  date: takes(1),
  to_json: takes(1),
  from_json: takes(1),
} as const satisfies Record<string, Signature>;

export type FunctionName = keyof typeof functionTable;

const OTHER_SPELLINGS: Readonly<Record<string, FunctionName>> = {
  length: 'len',
  size: 'len',
  str: 'string',
  num: 'number',
  toUpperCase: 'upper',
  toLowerCase: 'lower',
  indexOf: 'index_of',
  substr: 'substring',
  toJSON: 'to_json',
  fromJSON: 'from_json',
  average: 'avg',
};

/** The canonical name of a function, if there is one. */
export const functionNamed = (name: string): FunctionName | undefined => {
  if (Object.hasOwn(functionTable, name)) return name as FunctionName;
  return Object.hasOwn(OTHER_SPELLINGS, name) ? OTHER_SPELLINGS[name] : undefined;
};

export const signatureOf = (name: FunctionName): Signature => functionTable[name];
