import { sorted, stringifyJson, type Value } from '@testmesh/domain';

// Values are printed with sorted keys: a report from the journal must be the same bytes as the one of the run.

/** A value on one line, cut to `limit` characters with the rest counted. */
export const valueLine = (value: Value | undefined, limit = 120): string =>
  value === undefined ? 'nothing' : cut(stringifyJson(sorted(value)), limit);

/** A value over several lines when it is worth it, as indented JSON. */
export const valueBlock = (value: Value, maxLines: number): readonly string[] => {
  const inOrder = sorted(value);
  const flat = stringifyJson(inOrder);
  const lines =
    typeof value === 'string' ? value.split('\n') : flat.length <= 100 ? [flat] : stringifyJson(inOrder, 2).split('\n');
  if (lines.length <= maxLines) return lines.map((line) => cut(line, 400));
  return [...lines.slice(0, maxLines - 1).map((line) => cut(line, 400)), `… ${lines.length - maxLines + 1} more lines`];
};

const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1)}… (${text.length} characters)`;

/** `84 ms`, `3.4 s`, `2 min 5 s`. */
export const duration = (ms: number): string => {
  if (ms < 1) return '< 1 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
};

/** `1 step`, `2 steps`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
