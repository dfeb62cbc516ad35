// What is wrong with the configs of the mock servers although their schema takes them.
import type { ConfigFault, ConfigLook } from '@testmesh/contracts';
import type { Value, ValueMap } from '@testmesh/domain';
import { conditionOf } from './condition.ts';
import { isMap } from './look-up.ts';

type Path = readonly (string | number)[];
type Faults = readonly ConfigFault[];

/** Of endpoints: methods that no request can have, expressions that cannot be used. */
export const endpointFaults = ({ endpoints }: ValueMap, look: ConfigLook): Faults =>
  maps(endpoints).flatMap(([endpoint, index]) => {
    const path = ['endpoints', index];
    const { match } = endpoint;
    return [
      ...methodFaults(endpoint, path, look),
      ...(isMap(match) ? matchFaults(match, [...path, 'match'], look) : []),
    ];
  });

/** Of expectations: the same, and counts that no number meets. */
export const expectationFaults = ({ assertions }: ValueMap, look: ConfigLook): Faults =>
  maps(assertions).flatMap(([expected, index]) => {
    const path = ['assertions', index];
    return [
      ...methodFaults(expected, path, look),
      ...matchFaults(expected, path, look),
      ...countFaults(expected, path),
    ];
  });

/** The files that endpoints answer with. */
export const answerFiles = ({ endpoints }: ValueMap): readonly Path[] =>
  maps(endpoints).flatMap(([{ response, responses }, index]) => {
    const several = Array.isArray(responses) ? responses.map((_, at) => ['responses', at]) : [];
    const parts: readonly Path[] = response === undefined ? several : [['response'], ...several];
    return parts.map((part) => ['endpoints', index, ...part, 'body_from_file']);
  });

const maps = (list: Value | undefined): readonly [ValueMap, number][] =>
  Array.isArray(list) ? list.flatMap((item: Value, index) => (isMap(item) ? [[item, index]] : [])) : [];

// Those that Node reads off a connection; it refuses a request with any other.
const METHODS: ReadonlySet<string> = new Set(
  'ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE'.split(
    ' ',
  ),
);

const methodFaults = ({ method }: ValueMap, path: Path, { isOpen }: ConfigLook): Faults => {
  if (typeof method !== 'string' || !/^[A-Za-z]+$/.test(method) || isOpen(method)) return [];
  if (METHODS.has(method.toUpperCase())) return [];
  return [{ path: [...path, 'method'], message: `${method} is no method of HTTP: no request can have it` }];
};

const matchFaults = (match: ValueMap, path: Path, look: ConfigLook): Faults => {
  const texts = ['headers', 'query'].flatMap((part) => {
    const wanted = match[part];
    return isMap(wanted) ? Object.entries(wanted).map(([key, text]) => ({ path: [...path, part, key], text })) : [];
  });
  const patterns = texts.flatMap(({ path: place, text }) =>
    typeof text === 'string' && text.startsWith('regex:') ? [{ path: place, pattern: text.slice(6) }] : [],
  );
  const whole = match['body_pattern'];
  if (typeof whole === 'string') patterns.push({ path: [...path, 'body_pattern'], pattern: whole });
  const faulty = patterns.flatMap(({ path: place, pattern }) => {
    const problem = look.isOpen(pattern) ? undefined : look.patternProblem(pattern);
    return problem === undefined ? [] : [{ path: place, message: `not a regular expression: ${problem}` }];
  });
  return [...faulty, ...conditionFaults(match['body_matches'], [...path, 'body_matches'], look)];
};

const conditionFaults = (texts: Value | undefined, path: Path, { isOpen }: ConfigLook): Faults =>
  (Array.isArray(texts) ? texts : []).flatMap((text: Value, index) =>
    typeof text !== 'string' || isOpen(text) || conditionOf(text) !== undefined
      ? []
      : [
          {
            path: [...path, index],
            message: 'not a condition such as $.amount > 10, $.id exists or $.name contains "a"',
          },
        ],
  );

const countFaults = ({ count_min: least, count_max: most }: ValueMap, path: Path): Faults =>
  typeof least === 'number' && typeof most === 'number' && most < least
    ? [{ path: [...path, 'count_max'], message: `no count is at least ${least} and at most ${most}` }]
    : [];
