import { ExactNumber, type StepCompleted, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { BlobStore } from '@testmesh/ports';

// Keeps facts small. Invariants:
// E50. A value over the limit is stored by its content before the fact that names it is recorded.
// E51. Only the fact is lightened: later steps of the run see the whole value.

const INLINE_LIMIT = 8 * 1024;
const PREVIEW_LENGTH = 256;

/** The fact with its large values replaced by what names them; the same object when there are none. */
export const lighten = async (event: StepCompleted, blobs: BlobStore): Promise<StepCompleted> => {
  if (!isLarge(event)) return event;
  return {
    ...event,
    captured: await lightMap(event.captured, blobs),
    assertions: await Promise.all(event.assertions.map((record) => lightSides(record, blobs))),
    ...(event.output !== undefined && { output: await lightParts(event.output, blobs) }),
    ...(event.exchange && { exchange: await lightExchange(event.exchange, blobs) }),
  };
};

const isLarge = ({ output, captured, assertions, exchange }: StepCompleted): boolean =>
  exceeds(output) ||
  exceeds(captured) ||
  assertions.some(
    ({ actual, expected, values }) =>
      exceeds(actual) || exceeds(expected) || values.some((part) => exceeds(part.value)),
  ) ||
  (exchange !== undefined && (exceeds(exchange.request) || exceeds(exchange.response) || exceeds(exchange.seen)));

const lightSides = async (
  record: StepCompleted['assertions'][number],
  blobs: BlobStore,
): Promise<StepCompleted['assertions'][number]> => ({
  ...record,
  ...(record.actual !== undefined && { actual: await light(record.actual, blobs) }),
  ...(record.expected !== undefined && { expected: await light(record.expected, blobs) }),
  values: await Promise.all(record.values.map(async (part) => ({ ...part, value: await light(part.value, blobs) }))),
});

const lightExchange = async (
  exchange: NonNullable<StepCompleted['exchange']>,
  blobs: BlobStore,
): Promise<NonNullable<StepCompleted['exchange']>> => ({
  ...exchange,
  ...(exchange.request !== undefined && { request: await lightParts(exchange.request, blobs) }),
  ...(exchange.response !== undefined && { response: await lightParts(exchange.response, blobs) }),
  ...(exchange.seen !== undefined && { seen: await light(exchange.seen, blobs) }),
});

// Key by key first, so that a status stays readable beside a huge body.
const lightParts = async (value: Value, blobs: BlobStore): Promise<Value> =>
  isMap(value) && exceeds(value) ? light(await lightMap(value, blobs), blobs) : light(value, blobs);

const lightMap = async (map: ValueMap, blobs: BlobStore): Promise<ValueMap> => {
  const entries = Object.entries(map).map(async ([key, value]) => [key, await light(value, blobs)] as const);
  return Object.fromEntries(await Promise.all(entries));
};

const light = async (value: Value, blobs: BlobStore): Promise<Value> => {
  if (!exceeds(value)) return value;
  const text = stringifyJson(value);
  const bytes = new TextEncoder().encode(text);
  return { $blob: await blobs.put(bytes), size: bytes.length, preview: text.slice(0, PREVIEW_LENGTH) };
};

/** Whether a value's JSON is about longer than the limit; stops looking as soon as it is. */
export const exceeds = (value: Value | undefined, limit = INLINE_LIMIT): boolean => measure(value, limit) < 0;

// What is left of the budget; negative once it is spent.
const measure = (value: Value | undefined, budget: number): number => {
  if (typeof value === 'string') return budget - value.length - 2;
  if (value === null || typeof value !== 'object' || value instanceof ExactNumber) return budget - 8;
  let left = budget - 2;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left >= 0; at++) left = measure(value[at], left - 1);
    return left;
  }
  for (const key of Object.keys(value)) {
    if (left < 0) return left;
    left = measure((value as ValueMap)[key], left - key.length - 4);
  }
  return left;
};

/** What stands in a fact for a large value. */
type Blob = { readonly $blob: string; readonly size: number; readonly preview: string };

export const isBlob = (value: Value): value is Blob =>
  isMap(value) && typeof value['$blob'] === 'string' && typeof value['preview'] === 'string' && 'size' in value;

export const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
