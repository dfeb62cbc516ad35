import type { Value, ValueMap } from '@testmesh/domain';
import type { Meaning, Scope } from '../model/scope.ts';
import { type Aliases, aliasTarget, aliasValue, WHOLE_RESULT } from '../path/aliases.ts';

export interface ResultScopeInput {
  readonly result: ValueMap;
  readonly stepId: string;
  /** Other names of result keys: `count` → `row_count`, `value` → `messages[0].value`. */
  readonly aliases: Aliases;
  /** What surrounds the step: captured variables, step ids. */
  readonly scope: Scope;
  /** Why the step could not be carried out. */
  readonly error?: ValueMap | undefined;
  /** Keys this action's result may have; one that it lacks this time is absent, not undefined. */
  readonly declared?: readonly string[] | undefined;
  /** Set when the result is not even what the action itself expects: what it lacks has its reason there. */
  readonly fallsShort?: boolean | undefined;
}

/** Names inside `assert`, in this order: the result's keys · aliases · captured variables · step ids. */
export const resultScope = (input: ResultScopeInput): Scope => {
  const { result, stepId, aliases, scope, error, declared = [], fallsShort = false } = input;
  const lacks = fallsShort
    ? 'the step did not bring what it waits for or expects itself'
    : 'this result does not have it';
  let everything: ValueMap | undefined;
  const whole = (): ValueMap => {
    everything ??= withAliases(result, aliases);
    return everything;
  };
  const own = (name: string): Meaning | undefined => {
    if (Object.hasOwn(result, name)) return { kind: 'value', value: result[name] as Value };
    if (name === 'error')
      return error ? { kind: 'value', value: error } : absent('the step was carried out, so there is no `error`');
    if (name === '$' || WHOLE_RESULT.has(name)) return { kind: 'value', value: whole() };
    if (!aliasTarget(aliases, name)) return undefined;
    const value = aliasValue(aliases, name, result);
    return value === undefined
      ? absent(`\`${name}\` does not exist: it is \`${aliases[name]}\`, which this result does not have`)
      : { kind: 'value', value };
  };
  const ownKeys = [...Object.keys(result), ...Object.keys(aliases)];
  return {
    resolve: (name) => {
      const meaning = own(name);
      if (meaning) return meaning;
      // A captured variable must not stand in for a key that the result lacks.
      if (declared.includes(name)) return absent(`\`${name}\` does not exist: ${lacks}`);
      return scope.resolve(name) ?? (name === stepId ? { kind: 'value', value: whole() } : undefined);
    },
    names: () => [...new Set([...ownKeys, ...scope.names()])],
    draw: scope.draw,
  };
};

const absent = (why: string): Meaning => ({ kind: 'absent', why });

const withAliases = (result: ValueMap, aliases: Aliases): ValueMap => {
  const whole: Record<string, Value> = { ...result };
  for (const name of Object.keys(aliases)) {
    const value = Object.hasOwn(whole, name) ? undefined : aliasValue(aliases, name, result);
    if (value !== undefined) whole[name] = value;
  }
  return whole;
};
