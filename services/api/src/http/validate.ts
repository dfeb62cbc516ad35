import { Problem, type ProblemDetail } from '@testmesh/contracts';
import type * as z from 'zod';
import { strangeTextIn } from './strange-text.ts';

type Place = 'params' | 'query' | 'body';

/** The value as the schema gives it, its texts such as can be kept and shown. */
export const validated = <T>(schema: z.ZodType<T> | undefined, value: unknown, place: Place): T => {
  const strange = strangeTextIn(value);
  if (strange !== undefined) {
    const message = `${shown(strange.path, place)} holds ${strange.what}, which is no text`;
    throw new Problem('invalid-request', message, { errors: [{ pointer: pointerOf(strange.path, place), message }] });
  }
  return parsed(schema, value, place);
};

/** The value as the schema gives it; everything wrong with it at once, each with its place. */
export const parsed = <T>(schema: z.ZodType<T> | undefined, value: unknown, place: Place): T => {
  if (schema === undefined) return undefined as T;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => detailsOf(issue, place));
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Problem('invalid-request', `${first?.message ?? 'the request is not valid'}${more}`, { errors });
};

const detailsOf = (issue: z.core.$ZodIssue, place: Place): readonly ProblemDetail[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { pointer: pointerOf(path, place), message: `${shown(path, place)} is not known here` };
    });
  }
  if (issue.code === 'invalid_union') {
    const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a))[0] ?? [];
    if (depth(closest) > 0) {
      return closest.flatMap((inner) => detailsOf({ ...inner, path: [...issue.path, ...inner.path] }, place));
    }
  }
  return [
    { pointer: pointerOf(issue.path, place), message: `${shown(issue.path, place)}: ${lowerFirst(issue.message)}` },
  ];
};

/** How far into the value a branch of a union got; the one that got furthest is what was meant. */
const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.min(...issues.map(({ path }) => path.length));

const pointerOf = (path: readonly PropertyKey[], place: Place): string => {
  if (place === 'query') return `?${String(path[0] ?? '')}`;
  const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return place === 'params' ? `/path${pointer}` : pointer;
};

const places: Readonly<Record<Place, string>> = {
  params: 'the path',
  query: 'the query',
  body: 'the body',
};

const shown = (path: readonly PropertyKey[], place: Place): string =>
  path.length === 0 ? places[place] : `\`${path.map(String).join('.')}\` in ${places[place]}`;

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
