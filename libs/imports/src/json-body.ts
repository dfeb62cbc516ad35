import { ExactNumber, parseJson, type Value } from '@testmesh/domain';
import type { ImportedBody } from './imported.ts';

/** A body that is JSON as data; what is none, or has numbers that YAML readers would round, stays text. */
export const jsonBody = (text: string): ImportedBody => {
  const value = parsed(text);
  return value === undefined || hasExactNumbers(value) ? { kind: 'text', text } : { kind: 'json', value };
};

/** Whether a body in braces or brackets is JSON to be read, though its type does not say so. */
export const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);

/** The type that the action gives to data itself. */
export const isPlainJson = (type: string): boolean => /^application\/json\s*(?:;|$)/i.test(type.trim());

const parsed = (text: string): Value | undefined => {
  try {
    return parseJson(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
};

const hasExactNumbers = (value: Value): boolean => {
  if (value instanceof ExactNumber) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(hasExactNumbers);
};
