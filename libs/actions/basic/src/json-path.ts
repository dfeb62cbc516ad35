// Looks into a document with RFC 9535 JSONPath. A singular query gives the value, any other a list of what it found.
import type { Value } from '@testmesh/domain';
import { compile, JSONPathError, type JSONPathQuery, type JSONValue } from 'json-p3';

/** What stands in the way of a transformation or a wait, told with the text that is to blame. */
export class PathProblem extends Error {
  readonly code: 'TM4702' | 'TM4703';
  constructor(code: 'TM4702' | 'TM4703', message: string) {
    super(message);
    this.code = code;
  }
}

const compiled = (path: string): JSONPathQuery => {
  try {
    return compile(path);
  } catch (error) {
    if (error instanceof JSONPathError)
      throw new PathProblem('TM4703', `\`${path}\` is not a JSONPath: ${error.message}`);
    throw error;
  }
};

/** The value a path leads to; undefined when it leads nowhere. A query for many that finds none is an empty list. */
export const lookUp = (path: string, document: Value): Value | undefined => {
  const query = compiled(path);
  const found = query.query(document as JSONValue).values() as Value[];
  return query.singularQuery() ? found[0] : found;
};

/** The items of a list that a JSONPath filter expression over `@` selects. */
export const select = (condition: string, items: readonly Value[]): Value => {
  const path = `$[?${condition}]`;
  return compiled(path)
    .query(items as JSONValue)
    .values() as Value[];
};
