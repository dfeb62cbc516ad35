// What authors write in endpoints, brought to one form before the flow language looks at it: older spellings get their
// names, and `{{…}}` that speaks of the request or the mock's state is marked as the mock's own, so that everything
// else in an endpoint stays the flow's (`${order_id}`).
import { marked } from './template-marks.ts';

type Map = Readonly<Record<string, unknown>>;

const RESPONSE_KEYS: Map = { status_code: 'status', delay_ms: 'delay', body_json: 'body', body_text: 'body' };
const MATCH_KEYS: Map = { query_params: 'query', body_json: 'body' };

const isMap = (value: unknown): value is Map => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Applies `rewrite` to each part; what did not change stays the same object, and so keeps its place in the file. */
const each = (list: readonly unknown[], rewrite: (item: unknown) => unknown): readonly unknown[] => {
  const items = list.map(rewrite);
  return items.some((item, index) => item !== list[index]) ? items : list;
};

const eachEntry = (map: Map, rewrite: (value: unknown, key: string) => readonly [string, unknown]): Map => {
  const entries = Object.entries(map).map(([key, value]) => [key, value, rewrite(value, key)] as const);
  const changed = entries.some(([key, value, [newKey, newValue]]) => key !== newKey || value !== newValue);
  return changed ? Object.fromEntries(entries.map(([, , entry]) => entry)) : map;
};

const mark = (value: unknown): unknown => {
  if (typeof value === 'string') return marked(value);
  if (Array.isArray(value)) return each(value, mark);
  return isMap(value) ? eachEntry(value, (item, key) => [key, mark(item)]) : value;
};

const inMilliseconds = (key: string, value: unknown): unknown =>
  key === 'delay_ms' && (typeof value === 'number' || typeof value === 'string') ? `${value}ms` : value;

const response = (value: unknown): unknown =>
  isMap(value)
    ? eachEntry(value, (item, key) => [String(RESPONSE_KEYS[key] ?? key), inMilliseconds(key, mark(item))])
    : value;

const match = (value: unknown): unknown =>
  isMap(value) ? eachEntry(value, (item, key) => [String(MATCH_KEYS[key] ?? key), item]) : value;

const endpoint = (value: unknown): unknown =>
  isMap(value)
    ? eachEntry(value, (item, key) => {
        if (key === 'response') return [key, response(item)];
        if (key === 'responses' && Array.isArray(item)) return [key, each(item, response)];
        return [key, key === 'match' ? match(item) : item];
      })
    : value;

/** Rewrites the `endpoints`, or the single `endpoint`, of a mock server's config. */
export const normaliseEndpoints = (config: Map): Record<string, unknown> => {
  const { endpoint: single, ...rest } = config;
  const endpoints = rest['endpoints'] ?? (single === undefined ? undefined : [single]);
  return {
    ...rest,
    ...(endpoints !== undefined && { endpoints: Array.isArray(endpoints) ? each(endpoints, endpoint) : endpoints }),
  };
};
