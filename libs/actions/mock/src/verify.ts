import type { AssertionRecord, Value, ValueMap } from '@testmesh/domain';
import type { Call } from './call-log.ts';
import type { Expected } from './config.ts';
import { lacking, pathParameters, unusable } from './matching.ts';
import type { MockServer } from './mock-server.ts';
import { MockProblem } from './registry.ts';

const SHOWN_BODY = 500;
const SHOWN_CALLS = 50;

/** The requests of a server, when all of them were kept. */
export const countedCalls = ({ name, log }: Pick<MockServer, 'name' | 'log'>): readonly Call[] => {
  if (!log.overflowed()) return log.all();
  throw new MockProblem(
    'TM4604',
    `the mock server ${name} received more requests than it can keep, so they cannot be counted`,
    'verify and mock_server_reset it in between',
  );
};

/** Judges one expectation of which requests must have come. */
export const verified = (expected: Expected, calls: readonly Call[]): AssertionRecord => {
  const onPath = calls.filter((call) => isFor(expected, call));
  const matching = onPath.filter((call) => lacking(matchOf(expected), call) === undefined);
  const {
    count,
    count_min: least = count === undefined && expected.count_max === undefined ? 1 : 0,
    count_max: most = Infinity,
  } = expected;
  const passed = count === undefined ? matching.length >= least && matching.length <= most : matching.length === count;
  return {
    expression: expressionOf(expected),
    group: 'implied',
    passed,
    actual: matching.length,
    ...(count !== undefined && { expected: count }),
    ...(!passed && { message: whyNot(expected, onPath, matching, calls) }),
    values: [],
  };
};

const matchOf = ({ headers, query, body, body_matches, body_contains }: Expected) => ({
  ...(headers && { headers }),
  ...(query && { query }),
  ...(body !== undefined && { body }),
  ...(body_matches && { body_matches }),
  ...(body_contains !== undefined && { body_contains }),
});

/** What is wrong with an expectation's own texts; undefined when it can be judged. */
export const unusableExpectation = (expected: Expected): string | undefined => unusable(matchOf(expected));

const isFor = ({ method, path }: Expected, call: Call): boolean =>
  (method === '*' || method === call.method) && pathParameters(path, call.path) !== undefined;

const expressionOf = (expected: Expected): string => {
  const { method, path, count, count_min, count_max } = expected;
  const times =
    count !== undefined
      ? `${count} times`
      : [
          count_min !== undefined && `at least ${count_min} times`,
          count_max !== undefined && `at most ${count_max} times`,
        ]
          .filter(Boolean)
          .join(' and ') || 'at least 1 times';
  const conditions = [...(expected.body_matches ?? []), ...Object.keys(expected.headers ?? {})];
  return `${method} ${path} was requested ${times}${conditions.length > 0 ? ` with ${conditions.join(', ')}` : ''}`;
};

const whyNot = (
  expected: Expected,
  onPath: readonly Call[],
  matching: readonly Call[],
  calls: readonly Call[],
): string => {
  const other = onPath.find((call) => !matching.includes(call));
  const reason = other && lacking(matchOf(expected), other);
  if (reason !== undefined) return `${matching.length} requests match; of one that does not: ${reason}`;
  const counted = Map.groupBy(calls, ({ method, path }) => `${method} ${path}`);
  const received = [...counted].map(([line, group]) => (group.length === 1 ? line : `${line} ×${group.length}`));
  return `${matching.length} requests match; received: ${received.slice(0, 10).join(', ') || 'nothing'}`;
};

const PRIVATE = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key']);

/** A request for people and for the step's result, without what identifies anybody. */
export const shown = ({ method, path, query, headers, body, text, status, endpoint, at }: Call): ValueMap => ({
  method,
  path,
  query: { ...query },
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, PRIVATE.has(name) ? '***' : value]),
  ),
  body,
  size: text.length,
  status,
  ...(endpoint !== undefined && { endpoint }),
  at,
});

/** The last requests, trimmed for a report. */
export const seen = (calls: readonly Call[]): Value =>
  calls.slice(-SHOWN_CALLS).map(({ method, path, query, text, status }) => ({
    request: `${method} ${path}${Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : ''}`,
    status,
    ...(text !== '' && { body: text.length > SHOWN_BODY ? `${text.slice(0, SHOWN_BODY)}…` : text }),
  }));
