// What a document given to `assert` or `transform` is: a value, or the text of a JSON map or list.
import { ExactNumber, parseJson, type Value, type ValueMap } from '@testmesh/domain';

export const isMap = (value: Value | undefined): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** A text that is a JSON map or list stands for that map or list; every other value for itself. */
export const documentOf = (value: Value): Value => {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value);
  } catch (error) {
    // Text that only looks like JSON is text.
    if (error instanceof SyntaxError) return value;
    throw error;
  }
};
