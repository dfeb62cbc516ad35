// Which messages are this run's. Invariants:
// M1. A message matches when every explicit condition of `match` and every correlation holds.
// M2. A correlation speaks of `value…`, `key`, `messages[0]…`; other equalities are for the assertions to judge.
// M3. A message that does not match says why, naming what it has instead.
import type { Expectations } from '@testmesh/action-kit';
import { ExactNumber, stringifyJson, type Value } from '@testmesh/domain';
import { RE2JS } from 're2js';
import type { Match, Scalar } from '../config.ts';
import { sameValue } from './compare.ts';
import { type Condition, conditionHolds, parseCondition } from './condition.ts';
import type { Message } from './message.ts';
import { type PathSegment, parsePath, valueAt } from './path.ts';

export interface Requirement {
  /** As a person wrote it. */
  readonly text: string;
  /** Why the message is not meant; undefined when it is. */
  readonly mismatch: (message: Message) => string | undefined;
}

type Correlation = Expectations['correlations'][number];

/** The equalities between a message's parts and values of this run, as requirements. */
export const correlationRequirements = (correlations: readonly Correlation[]): readonly Requirement[] =>
  correlations.flatMap(({ path, value, expression }) => {
    const within = withinMessage(path);
    return within === undefined ? [] : [{ text: expression, mismatch: equality(within, value) }];
  });

/** The path inside the first message that a path of the result stands for; undefined when it is none. */
export const withinMessage = (path: readonly PathSegment[]): readonly PathSegment[] | undefined => {
  const [root, ...rest] = path;
  if (root === 'result' || root === 'response') return withinMessage(rest);
  if (root === 'value' || root === 'key') return path;
  if (root === 'messages' && rest[0] === 0 && rest.length > 1) return rest.slice(1);
  return undefined;
};

/** The requirements of an explicit `match`; throws a SyntaxError for a pattern or condition that cannot be read. */
export const matchRequirements = (match: Match | undefined): readonly Requirement[] => {
  if (match === undefined) return [];
  return [
    ...(match.key === undefined ? [] : [keyRequirement(match.key)]),
    ...(match.key_pattern === undefined ? [] : [patternRequirement(match.key_pattern)]),
    ...Object.entries(match.headers).map(([name, wanted]) => headerRequirement(name, wanted)),
    ...jsonRequirements(match),
  ];
};

const keyRequirement = (wanted: Scalar): Requirement => ({
  text: `key is ${shown(asText(wanted))}`,
  mismatch: ({ key }) => (key === asText(wanted) ? undefined : `its key is ${shown(key)}`),
});

const patternRequirement = (pattern: string): Requirement => {
  const compiled = compilePattern(pattern);
  return {
    text: `key matches ${shown(pattern)}`,
    mismatch: ({ key }) => (key !== null && compiled.matcher(key).find() ? undefined : `its key is ${shown(key)}`),
  };
};

const compilePattern = (pattern: string): RE2JS => {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new SyntaxError(`match.key_pattern "${pattern}" is no regular expression: ${(error as Error).message}`);
  }
};

const headerRequirement = (name: string, wanted: Scalar): Requirement => ({
  text: `header ${name} is ${shown(asText(wanted))}`,
  mismatch: ({ headers }) => {
    const actual = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (actual === undefined) return `it has no header ${name}`;
    const values = Array.isArray(actual) ? actual : [actual];
    return values.includes(asText(wanted)) ? undefined : `its header ${name} is ${shown(actual)}`;
  },
});

const jsonRequirements = ({ json_path: given, json_value: value }: Match): readonly Requirement[] => {
  if (given === undefined) return [];
  if (typeof given === 'string' && value !== undefined) return [equalityOn(given, value)];
  if (typeof given === 'string') return [conditionRequirement(given)];
  if (Array.isArray(given)) return given.map(conditionRequirement);
  return Object.entries(given).map(([path, wanted]) => equalityOn(path, wanted ?? null));
};

const conditionRequirement = (text: string): Requirement => {
  const condition = readCondition(text);
  return {
    text,
    mismatch: ({ value }) => (conditionHolds(condition, value) ? undefined : instead(value, condition.path, text)),
  };
};

const readCondition = (text: string): Condition => {
  const parsed = parseCondition(text);
  if ('problem' in parsed) throw new SyntaxError(`match.json_path: ${parsed.problem}`);
  return parsed;
};

const equalityOn = (text: string, wanted: Value): Requirement => {
  const path = parsePath(text);
  if (path === undefined) throw new SyntaxError(`match.json_path: "${text}" is no path; write it like $.order.id`);
  const differs = equality(['value', ...path], wanted);
  return { text: `${text} == ${shown(wanted)}`, mismatch: differs };
};

const equality = (path: readonly PathSegment[], wanted: Value) => (message: Message) => {
  const actual = valueAt(message, path);
  return actual !== undefined && sameValue(actual, wanted) ? undefined : instead(message, path, shown(wanted), wanted);
};

const instead = (root: Value, path: readonly PathSegment[], wanted: string, compared?: Value): string => {
  const actual = valueAt(root, path);
  const name = pathText(path);
  if (actual === undefined) return `${name} does not exist${namesNear(root, path)}`;
  const kinds =
    compared !== undefined && typeof compared !== typeof actual && asText(compared) === asText(actual)
      ? ` (a ${typeof actual}, not a ${typeof compared})`
      : '';
  return `${name} is ${shown(actual)}, not ${wanted}${kinds}`;
};

const namesNear = (root: Value, path: readonly PathSegment[]): string => {
  const parent = valueAt(root, path.slice(0, -1));
  if (parent === undefined || parent === null || typeof parent !== 'object' || parent instanceof ExactNumber) return '';
  const names = Object.keys(parent);
  return Array.isArray(parent) || names.length === 0 ? '' : `; there is ${names.slice(0, 12).join(', ')}`;
};

const pathText = (path: readonly PathSegment[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));

const SHOWN_LENGTH = 120;
const shown = (value: Value): string => {
  const text = stringifyJson(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
};
