import { ExactNumber, type Value, type ValueMap } from '@testmesh/domain';

/** A JSON object, as opposed to a list, a number that keeps its digits, or a plain value. */
export const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

/** The value under a key or index; only what a value itself holds, never what JavaScript adds to it. */
export const childOf = (value: Value | undefined, key: string | number): Value | undefined => {
  if (isList(value)) return typeof key === 'number' ? value.at(key) : undefined;
  if (!isMap(value)) return undefined;
  if (Object.hasOwn(value, key)) return value[key];
  return isMessage(value) && isMap(value['value']) ? childOf(value['value'], key) : undefined;
};

// `messages[0].order_id` reads through a message to its value.
const isMessage = (value: ValueMap): boolean => Object.hasOwn(value, 'offset') && Object.hasOwn(value, 'partition');

/** Elements of a list, characters of a text as a person counts them. */
export const lengthOf = (value: readonly Value[] | string): number =>
  typeof value === 'string' ? [...value].length : value.length;

/** The keys a person may have meant. */
export const keysOf = (value: Value | undefined): readonly string[] => {
  if (!isMap(value)) return [];
  return isMessage(value) && isMap(value['value'])
    ? [...Object.keys(value), ...Object.keys(value['value'])]
    : Object.keys(value);
};

/** `body.items[0]["content-type"]`, as a person writes it. */
export const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!/^[\p{L}_][\p{L}\p{Nd}_-]*$/u.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
