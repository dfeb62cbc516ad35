// Where an output's value comes from: `$.body.id`, `rows[0].total`, `$.items[*].price`, with `?` or a default at the end.
import { type AnyNumber, isNumber, typedText, type Value, type ValueMap } from '@testmesh/domain';
import { compute } from '../expression/arithmetic.ts';
import { largest, smallest } from '../expression/comparison.ts';
import { caught, trouble } from '../expression/problem.ts';
import { describe } from '../expression/value-text.ts';
import type { Outcome, Text } from '../model/text.ts';
import { type Aliases, canonicalPath } from './aliases.ts';
import { isList } from './child.ts';
import { parseQuery, type Query } from './query.ts';
import { type Found, selectFrom } from './select.ts';

/** A path that was read. */
export interface OutputPath {
  readonly text: Text;
  readonly query: Query;
  /** What becomes of the list a path selects: `.length`, `.sum()`. */
  readonly summary: Summary | undefined;
  /** What stands in for a miss: nothing (`?`) or a value (`?? 0`). */
  readonly otherwise: { readonly value: Value | undefined } | undefined;
}

type Summary = 'length' | 'sum' | 'avg' | 'min' | 'max';

export interface ExtractOptions {
  readonly stepId: string;
  readonly aliases: Aliases;
}

const OPTIONAL = /\s*\?$/;
const DEFAULT = /\s*(?:\?\?\s*|(?<=[\p{L}\p{Nd}_\]]):)("[^"]*"|'[^']*'|[^"'\]]*)$/u;
const SUMMARY = /\.(?:(length)|(sum|avg|min|max|length)\(\))$/;

export const parseOutputPath = (text: Text): Outcome<OutputPath> =>
  caught(text, () => {
    const { path, otherwise } = withoutDefault(text.value);
    const start = path.length - path.trimStart().length;
    const end = path.trimEnd().length;
    if (start >= end)
      return trouble(text, { start: 0, end: text.value.length }, { code: 'TM3010', message: 'an output needs a path' });
    return { text, ...summarised(text, start, end), otherwise };
  });

const withoutDefault = (source: string): { path: string; otherwise: OutputPath['otherwise'] } => {
  const given = DEFAULT.exec(source);
  if (given && !/[[(][^\])]*$/.test(source.slice(0, given.index))) {
    return { path: source.slice(0, given.index), otherwise: { value: defaultValue(given[1] ?? '') } };
  }
  const optional = OPTIONAL.exec(source);
  if (optional) return { path: source.slice(0, optional.index), otherwise: { value: undefined } };
  return { path: source, otherwise: undefined };
};

const defaultValue = (source: string): Value => {
  const written = source.trim();
  if (written === 'null' || written === 'nil') return null;
  return /^(["']).*\1$/s.test(written) ? written.slice(1, -1) : typedText(written);
};

/** `.length` of a list that a path selects is ours; of a single value it is found by walking. */
const summarised = (text: Text, start: number, end: number): { query: Query; summary: Summary | undefined } => {
  const found = SUMMARY.exec(text.value.slice(0, end));
  if (!found || found.index <= start) return { query: parseQuery(text, start, end), summary: undefined };
  const query = parseQuery(text, start, found.index);
  if (found[1] && query.kind === 'singular') return { query: parseQuery(text, start, end), summary: undefined };
  return { query, summary: (found[1] ?? found[2]) as Summary };
};

/** The value at the path; undefined only where the path ends in an explicit `?`. */
export const extract = (path: OutputPath, result: ValueMap, options: ExtractOptions): Outcome<Value | undefined> =>
  caught(path.text, () => {
    const segments = canonicalPath(path.query.segments, result, options);
    const found = selectFrom({ ...path.query, segments }, result);
    if (found.kind === 'found') return path.summary ? summary(path, path.summary, found.value) : found.value;
    return path.otherwise ? path.otherwise.value : missed(path, found);
  });

const missed = (path: OutputPath, found: Extract<Found, { kind: 'missed' }>): never => {
  const source = path.text.value;
  const key = found.at === undefined ? '' : String(found.at);
  const at = key === '' ? 0 : Math.max(0, source.lastIndexOf(key));
  const message = key === '' ? `\`${source}\` selects nothing` : `\`${source}\` does not exist: there is no \`${key}\``;
  return trouble(
    path.text,
    { start: at, end: at + (key.length || source.length) },
    {
      code: 'TM3112',
      message,
      suggestion: found.suggestion,
      help: found.help ?? 'end the path with `?` if it may be absent, or give a default: `?? 0`',
    },
  );
};

const summary = (path: OutputPath, how: Summary, value: Value): Value => {
  const place = { start: 0, end: path.text.value.length };
  if (!isList(value))
    return trouble(path.text, place, { code: 'TM3109', message: `\`.${how}\` needs a list, not ${describe(value)}` });
  if (how === 'length') return value.length;
  const numbers = value.filter(isNumber);
  const result = numbers.length === value.length ? reduced(how, numbers) : undefined;
  if (result !== undefined) return result;
  return trouble(path.text, place, {
    code: 'TM3109',
    message: `\`.${how}()\` needs a list of numbers, not ${describe(value)}`,
  });
};

const reduced = (how: Exclude<Summary, 'length'>, numbers: readonly AnyNumber[]): AnyNumber | undefined => {
  if (how === 'min') return smallest(numbers);
  if (how === 'max') return largest(numbers);
  let total: AnyNumber = 0;
  for (const number of numbers) {
    const next = compute('+', total, number);
    if (typeof next === 'object' && 'refused' in next) return undefined;
    total = next;
  }
  if (how === 'sum') return total;
  const average = numbers.length === 0 ? undefined : compute('/', total, numbers.length);
  return typeof average === 'object' && 'refused' in average ? undefined : average;
};
