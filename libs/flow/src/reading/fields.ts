import type { MapEntry, MapNode, Node } from '../model/node.ts';
import type { Findings } from '../source/findings.ts';
import { suggest } from '../source/suggest.ts';
import type { Keys } from './keys.ts';

/** The entries of a map under their canonical keys. */
export type Fields<K extends string> = Partial<Record<K, MapEntry>>;

interface Place {
  /** How a message calls the map: `a step`, `retry`. */
  readonly what: string;
  readonly findings: Findings;
  /** Keys whose emptiness the reader judges itself. */
  readonly mayBeEmpty?: readonly string[];
  /** Says more about an unknown key; true when it has been reported. */
  readonly unknown?: (entry: MapEntry) => boolean;
}

/** Sorts a map's entries by canonical key; unknown keys, and keys given twice under two spellings, are errors. */
export const readFields = <K extends string>(map: MapNode, keys: Record<K, Keys[string]>, place: Place): Fields<K> => {
  const fields: Fields<K> = {};
  const names = spellings(keys);
  for (const entry of map.entries) {
    const key = names.get(entry.key) as K | undefined;
    if (key === undefined) {
      if (!place.unknown?.(entry)) unknownKey(entry, [...names.keys()], place);
    } else if (isEmpty(entry.value) && !place.mayBeEmpty?.includes(key)) {
      warnOfEmptyKey(entry, place.findings);
    } else if (fields[key] !== undefined) {
      const message = `\`${entry.key}\` and \`${fields[key].key}\` are the same setting; give one of them`;
      place.findings.error('TM1104', entry.keySpan, message);
    } else fields[key] = entry;
  }
  return fields;
};

/** A key with nothing after it; an explicit `null` is a value. */
export const isEmpty = (node: Node): boolean => node.kind === 'scalar' && node.plain && node.text.value === '';

export const warnOfEmptyKey = (entry: MapEntry, findings: Findings): void =>
  findings.warning('TM1105', entry.keySpan, `\`${entry.key}\` has nothing after it and counts as absent`);

const unknownKey = (entry: MapEntry, known: readonly string[], { what, findings }: Place): void => {
  const nearest = suggest(entry.key, known);
  findings.error('TM1101', entry.keySpan, `unknown key \`${entry.key}\` in ${what}`, {
    ...(nearest === undefined
      ? { help: `the keys of ${what} are ${known.join(', ')}` }
      : { suggestion: `did you mean \`${nearest}\`?` }),
  });
};

const SPELLINGS = new WeakMap<Keys, ReadonlyMap<string, string>>();

/** Every accepted spelling of a table's keys, and the canonical key it stands for. */
export const spellings = (keys: Keys): ReadonlyMap<string, string> => {
  let known = SPELLINGS.get(keys);
  if (known === undefined) {
    const entries = Object.entries(keys);
    known = new Map([
      ...entries.flatMap(([key, { aliases = [] }]) => aliases.map((alias) => [alias, key] as const)),
      ...entries.map(([key]) => [key, key] as const),
    ]);
    SPELLINGS.set(keys, known);
  }
  return known;
};
