import { isUtf8 } from 'node:buffer';
import { ExactNumber, numberFromText, parseJson, type Value, type ValueMap } from '@testmesh/domain';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';

/** A message as assertions see it: its own keys first, then the fields of its value that do not collide with them. */
export interface Message extends ValueMap {
  readonly topic: string;
  readonly partition: number;
  readonly offset: Value;
  readonly key: string | null;
  readonly value: Value;
  readonly raw: string | null;
  readonly headers: ValueMap;
  readonly timestamp: string;
}

const OWN_KEYS: ReadonlySet<string | number> = new Set([
  'topic',
  'partition',
  'offset',
  'key',
  'value',
  'raw',
  'headers',
  'timestamp',
  'encoding',
]);

/** Where a path of the result really leads: `messages[0].order_id` to `messages[0].value.order_id`. */
export const readThroughPath = (path: readonly (string | number)[]): readonly (string | number)[] => {
  const at = path.findIndex((segment, index) => segment === 0 && path[index - 1] === 'messages') + 1;
  const field = at === 0 ? undefined : path[at];
  return field === undefined || OWN_KEYS.has(field) ? path : [...path.slice(0, at), 'value', ...path.slice(at)];
};

export const toMessage = (topic: string, partition: number, record: RawRecord): Message => {
  const raw = textOf(record.value);
  const isText = record.value === null || isUtf8(record.value);
  const value = isText ? parsed(raw) : raw;
  const own: Message = {
    topic,
    partition,
    offset: numberFromText(record.offset),
    key: textOf(record.key),
    value,
    raw,
    headers: headersOf(record.headers),
    timestamp: new Date(Number(record.timestamp)).toISOString(),
    ...(!isText && { encoding: 'base64' }),
  };
  return readingThrough(own);
};

/** Gives the fields of a map value under the message's own name: `messages[0].order_id` for `messages[0].value.order_id`. */
const readingThrough = (own: Message): Message => {
  const { value } = own;
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof ExactNumber) return own;
  const fields = Object.entries(value).filter(([name]) => !Object.hasOwn(own, name));
  // `fromEntries` defines own properties, so a field called __proto__ stays a field.
  return Object.fromEntries([...Object.entries(own), ...fields]) as Message;
};

/** What a message weighs in memory, roughly. */
export const weightOf = ({ key, value }: RawRecord): number => (key?.length ?? 0) + (value?.length ?? 0);

const textOf = (bytes: Buffer | null): string | null => {
  if (bytes === null) return null;
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64');
};

const parsed = (raw: string | null): Value => {
  if (raw === null) return null;
  try {
    return parseJson(raw);
  } catch {
    return raw; // not JSON: a text
  }
};

const headersOf = (headers: RawRecord['headers']): ValueMap =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.map((item) => textOf(item as Buffer))];
      return [name, textOf((value as Buffer | undefined) ?? null)];
    }),
  );
