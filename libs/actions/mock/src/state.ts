import { compareNumbers, ExactNumber, isNumber, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Change } from './config.ts';
import { isMap, lookUp } from './look-up.ts';
import { TemplateProblem } from './render.ts';

/** The state after a change; the change's value is already rendered. */
export const changed = (state: ValueMap, { action, path, value }: Change): ValueMap => {
  const segments = path.split('.');
  const before = lookUp(state, segments);
  return put(state, segments, after(action, before, value, path)) as ValueMap;
};

const after = (
  action: Change['action'],
  before: Value | undefined,
  value: Value | undefined,
  path: string,
): Value | undefined => {
  switch (action) {
    case 'set':
      return value ?? null;
    case 'delete':
      return undefined;
    case 'toggle':
      if (before === undefined || typeof before === 'boolean') return before !== true;
      throw unfit(path, 'true or false', before);
    case 'append':
      if (before === undefined || Array.isArray(before)) return [...((before ?? []) as Value[]), value ?? null];
      throw unfit(path, 'a list', before);
    case 'increment':
    case 'decrement':
      return stepped(path, before ?? 0, value ?? 1, action === 'increment' ? 1 : -1);
  }
};

const stepped = (path: string, before: Value, by: Value, sign: 1 | -1): Value => {
  if (!isNumber(before)) throw unfit(path, 'a number', before);
  if (!isNumber(by)) throw unfit(`the step of ${path}`, 'a number', by);
  const sum = Number(before) + sign * Number(by);
  // A counter that leaves the range of exact integers would stop counting unnoticed.
  if (before instanceof ExactNumber || compareNumbers(Math.abs(sum), Number.MAX_SAFE_INTEGER) > 0)
    throw unfit(path, 'a number small enough to count', before);
  return sum;
};

const unfit = (path: string, expected: string, given: Value): TemplateProblem =>
  new TemplateProblem(`state.${path} must be ${expected}, not ${stringifyJson(given)}`);

const put = (
  value: Value | undefined,
  [name, ...rest]: readonly string[],
  item: Value | undefined,
): Value | undefined => {
  if (name === undefined) return item;
  if (Array.isArray(value))
    return (value as readonly Value[]).map((old, index) =>
      index === Number(name) ? (put(old, rest, item) ?? null) : old,
    );
  const map = new Map(Object.entries(isMap(value) ? value : {}));
  const inner = put(map.get(name), rest, item);
  if (inner === undefined) map.delete(name);
  else map.set(name, inner);
  return Object.fromEntries(map);
};
