import { isJsonNumber, numberFromText, type Value } from '@testmesh/domain';

/** What a plain scalar means in the YAML 1.2 core schema. */
export type Typed =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'leading-zero' }
  | { readonly kind: 'no-number'; readonly text: string };

const LEADING_ZERO = /^[-+]?0\d[\d_]*(\.\d*)?([eE][-+]?\d+)?$/;
const DECIMAL = /^([-+]?)(\d*)(?:\.(\d*))?([eE][-+]?\d+)?$/;
const MAY_BE_TYPED = /^(?:[-+.\d~]|n|N|t|T|f|F|$)/;

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['', null],
  ['~', null],
  ...['null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** Types a plain scalar: null, booleans and numbers by their spelling, everything else is text. Numbers keep their digits. */
export const typedScalar = (text: string): Typed => {
  if (!MAY_BE_TYPED.test(text)) return { kind: 'value', value: text };
  const word = WORDS.get(text);
  if (word !== undefined) return { kind: 'value', value: word };
  if (LEADING_ZERO.test(text)) return { kind: 'leading-zero' };
  if (/^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text)) return { kind: 'no-number', text };
  return { kind: 'value', value: numberOf(text) ?? text };
};

const numberOf = (text: string): Value | undefined => {
  if (isJsonNumber(text)) return numberFromText(text);
  if (/^0o[0-7]+$|^0x[0-9a-fA-F]+$/.test(text)) return numberFromText(BigInt(text).toString());
  const [, sign = '', whole = '', fraction = '', exponent = ''] = DECIMAL.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  return numberFromText(`${sign === '-' ? '-' : ''}${whole || '0'}${fraction && `.${fraction}`}${exponent}`);
};
