// The explicit conditions of `match`. A message matches when every one of them and every correlation holds.
import { insteadOf, mustEqual, type Requirement } from '@testmesh/action-kit';
import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { RE2JS } from 're2js';
import type { Match, Scalar } from '../config.ts';
import { type Condition, conditionHolds, parseCondition } from './condition.ts';
import { parsePath } from './path.ts';

/** Throws a SyntaxError for a pattern, path or condition that cannot be read. */
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
  text: `key == ${quoted(asText(wanted))}`,
  mismatch: mustEqual(['key'], asText(wanted)),
});

const patternRequirement = (pattern: string): Requirement => {
  const compiled = compilePattern(pattern);
  const text = `key matches ${quoted(pattern)}`;
  return {
    text,
    mismatch: ({ key }) =>
      typeof key === 'string' && compiled.matcher(key).find() ? undefined : `key is ${quoted(key ?? null)}`,
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
  text: `headers.${name} == ${quoted(asText(wanted))}`,
  mismatch: (message) => {
    const headers = message['headers'] as ValueMap;
    const actual = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const isRepeated = Array.isArray(actual) && actual.includes(asText(wanted));
    return isRepeated ? undefined : mustEqual(['headers', name], asText(wanted))(message);
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
    mismatch: ({ value = null }) =>
      conditionHolds(condition, value) ? undefined : insteadOf(value, condition.path, `as in ${text}`),
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
  return { text: `${text} == ${quoted(wanted)}`, mismatch: mustEqual(['value', ...path], wanted) };
};

const asText = (value: Value): string => (typeof value === 'string' ? value : stringifyJson(value));
const quoted = (value: Value): string => stringifyJson(value);
