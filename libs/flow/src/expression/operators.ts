import type { BinaryOperator, ValueType } from './ast.ts';

// How tightly operators bind: Jexl's numbers, with `??` and the word `not` fitted in.
export const TERNARY = 5;
export const LOGIC = 10;
export const NOT_WORD = 15;
export const COMPARING = 20;
export const OTHERWISE = 25;
const ADDING = 30;
const MULTIPLYING = 40;
const POWER = 50;
export const UNARY = 60;

const BINARY: Readonly<Record<string, { readonly operator: BinaryOperator; readonly binds: number }>> = {
  '==': { operator: '==', binds: COMPARING },
  '!=': { operator: '!=', binds: COMPARING },
  '<': { operator: '<', binds: COMPARING },
  '<=': { operator: '<=', binds: COMPARING },
  '>': { operator: '>', binds: COMPARING },
  '>=': { operator: '>=', binds: COMPARING },
  in: { operator: 'in', binds: COMPARING },
  contains: { operator: 'contains', binds: COMPARING },
  startsWith: { operator: 'startsWith', binds: COMPARING },
  starts_with: { operator: 'startsWith', binds: COMPARING },
  endsWith: { operator: 'endsWith', binds: COMPARING },
  ends_with: { operator: 'endsWith', binds: COMPARING },
  '+': { operator: '+', binds: ADDING },
  '-': { operator: '-', binds: ADDING },
  '*': { operator: '*', binds: MULTIPLYING },
  '/': { operator: '/', binds: MULTIPLYING },
  '//': { operator: '//', binds: MULTIPLYING },
  '%': { operator: '%', binds: POWER },
  '^': { operator: '^', binds: POWER },
};

export const binaryOperator = (sign: string) => (Object.hasOwn(BINARY, sign) ? BINARY[sign] : undefined);

const LOGICAL: Readonly<Record<string, 'and' | 'or'>> = { '&&': 'and', and: 'and', '||': 'or', or: 'or' };

export const logicOperator = (sign: string) => (Object.hasOwn(LOGICAL, sign) ? LOGICAL[sign] : undefined);

/** What may follow `is`. */
export const TYPE_WORDS: Readonly<Record<string, ValueType>> = {
  null: 'null',
  nil: 'null',
  number: 'number',
  string: 'string',
  text: 'string',
  boolean: 'boolean',
  bool: 'boolean',
  array: 'array',
  list: 'array',
  object: 'object',
  map: 'object',
};
