import type * as z from 'zod';

// A walk through a zod schema without running it: which keys may stand at a path.
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly getter?: () => z.ZodType;
}

const definitionOf = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

/** The keys that the schema allows in the map at `path`, in the order it declares them. */
export const keysAt = (schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] => {
  let reached = alternatives(schema);
  for (const segment of path) reached = reached.flatMap((candidate) => inside(candidate, segment));
  return [...new Set(reached.flatMap((candidate) => Object.keys(definitionOf(candidate).shape ?? {})))];
};

/** The schema itself without wrappers, or each of its alternatives. */
const alternatives = (schema: z.ZodType): readonly z.ZodType[] => {
  const { innerType, in: input, options, left, right, getter } = definitionOf(schema);
  const inner = [innerType, input, ...(options ?? []), left, right, getter?.()].filter((part) => part !== undefined);
  return inner.length === 0 ? [schema] : inner.flatMap(alternatives);
};

const inside = (schema: z.ZodType, segment: PropertyKey): readonly z.ZodType[] => {
  const { shape, element, valueType } = definitionOf(schema);
  const next = shape?.[String(segment)] ?? element ?? valueType;
  return next === undefined ? [] : alternatives(next);
};
