import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '@testmesh/domain';

// What runs record has the shape that is kept: an event with a member that its golden file does not have would be read by
// nobody's upcaster, and by no reader that was written from those files.

const folder = join(import.meta.dirname, '../../domain/src/runs/golden');

/** What people and targets put in: any shape. */
const FREE: ReadonlySet<string> = new Set([
  'actual',
  'captured',
  'config',
  'constants',
  'expected',
  'output',
  'outputs',
  'positions',
  'request',
  'response',
  'seen',
  'value',
  'variables',
]);

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const isObject = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every path of members in a value; those of a list’s items are the list’s. */
const membersOf = (value: unknown, path = ''): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => membersOf(item, `${path}[]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (inner === undefined) return [];
    const own = `${path}.${key}`;
    return FREE.has(key) ? [own] : [own, ...membersOf(inner, own)];
  });
};

const known = new Map<string, ReadonlySet<string>>();
for (const file of readdirSync(folder)) {
  const { written } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly written: unknown };
  const type = file.slice(0, file.indexOf('.'));
  known.set(type, new Set([...(known.get(type) ?? []), ...membersOf(written)]));
}

/** Throws for an event with a member that its golden file does not have. */
export const demandKnownShape = ({ type, ...data }: RunEvent): void => {
  const golden = known.get(type);
  if (golden === undefined) throw new Error(`${type} has no golden file`);
  const strange = membersOf(data).find((member) => !golden.has(member));
  if (strange !== undefined) throw new Error(`${type} has ${strange.slice(1)}, and its golden file has not`);
};
