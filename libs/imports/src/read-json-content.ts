import type * as z from 'zod';
import { refusedContent } from './imported.ts';

/** JSON of a known shape, or the first place where it has another one. */
export const readJsonContent = <Shape>(schema: z.ZodType<Shape>, text: string): Shape => {
  const result = schema.safeParse(parsed(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refusedContent(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'has another shape'}`);
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw refusedContent(`it is no JSON: ${cause.message}`);
  }
};
