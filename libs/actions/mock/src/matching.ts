// Whether a request is one that an endpoint answers or a verification counts.
import { stringifyJson, type Value } from '@testmesh/domain';
import { RE2JS } from 're2js';
import { conditionOf, equal } from './condition.ts';
import type { Match } from './config.ts';
import { isMap } from './look-up.ts';
import type { Received } from './request.ts';

/** The parts of a path named by `:name`; undefined when the path is another one. */
export const pathParameters = (pattern: string, path: string): Record<string, string> | undefined => {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part === '*' && index === wanted.length - 1) return parameters;
    const actual = given[index];
    if (actual === undefined) return undefined;
    if (part.startsWith(':') && actual !== '') parameters[part.slice(1)] = actual;
    else if (part !== actual && part !== '*') return undefined;
  }
  return wanted.length === given.length ? parameters : undefined;
};

type Texts = Readonly<Record<string, string>>;

/** What of a match a request lacks, in words; undefined when it has everything. */
export const lacking = (match: Match, request: Received): string | undefined =>
  lackingText('header', match.headers ?? {}, request.headers, (name) => name.toLowerCase()) ??
  lackingText('query parameter', match.query ?? {}, request.query, (name) => name) ??
  lackingBody(match, request);

const lackingText = (what: string, wanted: Texts, given: Texts, key: (name: string) => string): string | undefined => {
  const missing = Object.entries(wanted).find(([name, text]) => !textMatches(text, given[key(name)]));
  return missing && `${what} ${missing[0]} is ${JSON.stringify(given[key(missing[0])] ?? null)}, not ${missing[1]}`;
};

const textMatches = (wanted: string, given: string | undefined): boolean => {
  if (given === undefined) return false;
  return wanted.startsWith('regex:') ? RE2JS.compile(wanted.slice(6)).matcher(given).find() : wanted === given;
};

const lackingBody = (match: Match, { body, text }: Received): string | undefined => {
  if (match.body !== undefined && !hasAll(body, match.body))
    return `the body does not have ${stringifyJson(match.body)}`;
  if (match.body_contains !== undefined && !text.includes(match.body_contains))
    return `the body does not contain ${JSON.stringify(match.body_contains)}`;
  if (match.body_pattern !== undefined && !RE2JS.compile(match.body_pattern).matcher(text).find())
    return `the body does not match ${match.body_pattern}`;
  const failing = match.body_matches?.find((condition) => !conditionOf(condition)?.holds(body));
  return failing && `${failing} does not hold for the body`;
};

/** Whether a value has everything of another: the fields of maps, recursively; lists and plain values as they are. */
const hasAll = (value: Value, wanted: Value): boolean => {
  if (!isMap(wanted)) return equal(value, wanted);
  return (
    isMap(value) &&
    Object.entries(wanted).every(([key, item]) => Object.hasOwn(value, key) && hasAll(value[key] ?? null, item))
  );
};

/** What is wrong with the expressions and conditions of a match; undefined when they can be used. */
export const unusable = ({ headers = {}, query = {}, body_pattern, body_matches = [] }: Match): string | undefined => {
  const texts = [...Object.values(headers), ...Object.values(query)].filter((text) => text.startsWith('regex:'));
  const patterns = [...texts.map((text) => text.slice(6)), ...(body_pattern === undefined ? [] : [body_pattern])];
  for (const pattern of patterns) {
    try {
      RE2JS.compile(pattern);
    } catch (error) {
      return `${pattern} is not a regular expression: ${(error as Error).message}`;
    }
  }
  const condition = body_matches.find((text) => conditionOf(text) === undefined);
  return condition && `"${condition}" is not a condition such as $.amount > 10, $.id exists or $.name contains "a"`;
};
