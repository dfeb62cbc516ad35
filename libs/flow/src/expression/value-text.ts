// Values as people read them.
import { ExactNumber, isNumber, stringifyJson, type Value } from '@testmesh/domain';
import { isList } from '../path/child.ts';

const MAX_SHOWN = 120;
const MAX_DIGITS = 1_000;

/** `number`, `string`, `boolean`, `null`, `array`, `object`. */
export const typeOf = (value: Value): string => {
  if (value === null) return 'null';
  if (isNumber(value)) return 'number';
  if (isList(value)) return 'array';
  return typeof value;
};

/** The value as JSON, cut where it gets long. */
export const show = (value: Value): string => {
  const text = stringifyJson(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}… (${text.length} characters)`;
};

/** `string "59.98"`, `number 5`, `null`. */
export const describe = (value: Value): string => (value === null ? 'null' : `${typeOf(value)} ${show(value)}`);

/** The value inside a text: text as it is, numbers without exponent, everything else as JSON. */
export const textOf = (value: Value): string => {
  if (typeof value === 'string') return value;
  return isNumber(value) ? withoutExponent(String(value)) : stringifyJson(value);
};

/** `1e21` as `1000000000000000000000`; a number with a thousand zeros stays as it was written. */
const withoutExponent = (text: string): string => {
  const [mantissa = '', exponent] = text.toLowerCase().split('e');
  if (exponent === undefined) return text;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_DIGITS) return text;
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
};

/** Whether a value is short enough to stand in a record as it is. */
export const isSmall = (value: Value): boolean => weigh(value, 400) >= 0;

const weigh = (value: Value, room: number): number => {
  if (room < 0) return room;
  if (typeof value === 'string') return room - 1 - value.length / 16;
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return room - 1;
  let left = room - 1;
  for (const item of Object.values(value) as Value[]) {
    left = weigh(item, left);
    if (left < 0) return left;
  }
  return left;
};
