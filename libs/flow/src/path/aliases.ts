// The other names of a result: `response.body.id`, `result.count`, `<own step id>.body.id`.
import type { Value, ValueMap } from '@testmesh/domain';
import { childOf } from './child.ts';

/** Names of the result as a whole. */
export const WHOLE_RESULT: ReadonlySet<string> = new Set(['response', 'result']);

/** Other names of result keys: `count` → `row_count`, `value` → `messages[0].value`. */
export type Aliases = Readonly<Record<string, string>>;

export const aliasTarget = (aliases: Aliases, name: string | number): readonly (string | number)[] | undefined => {
  const target = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  return target?.match(/[^.[\]]+/g)?.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
};

/** The value an alias stands for; undefined when the result does not have it. */
export const aliasValue = (aliases: Aliases, name: string, result: ValueMap): Value | undefined =>
  aliasTarget(aliases, name)?.reduce<Value | undefined>((value, key) => childOf(value, key), result);

/** The same path with its first names spelled as the result spells them. */
export const canonicalPath = (
  path: readonly (string | number)[],
  result: ValueMap,
  { stepId, aliases }: { readonly stepId: string; readonly aliases: Aliases },
): readonly (string | number)[] => {
  const [first, ...others] = path;
  if (first === undefined || Object.hasOwn(result, first)) return path;
  const target = aliasTarget(aliases, first);
  if (target) return [...target, ...others];
  const names = { stepId: '', aliases };
  if (WHOLE_RESULT.has(String(first))) return canonicalPath(others, result, names);
  if (first !== stepId || first === '') return path;
  const output = others[0] === 'output' && !Object.hasOwn(result, 'output');
  return canonicalPath(output ? others.slice(1) : others, result, names);
};
