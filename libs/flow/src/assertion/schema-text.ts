import { parseJson, type Value } from '@testmesh/domain';
import { pathText } from '../path/child.ts';
import { patternProblem } from '../regex/regex.ts';
import { schemaProblems } from './schema-problems.ts';

interface SchemaTextProblem {
  readonly message: string;
  readonly suggestion?: string;
}

/** What is wrong with a JSON Schema that is a file of its own, in words that say where in it. */
export const schemaTextProblems = (text: string): readonly SchemaTextProblem[] => {
  const read = parsed(text);
  if ('problem' in read) return [{ message: read.problem }];
  return schemaProblems(read.value, { patternProblem }).map(({ path, ofKey, message, suggestion }) => {
    const where = pathText(ofKey ? path.slice(0, -1) : path);
    return {
      message: where === '' ? message : `at ${where}: ${message}`,
      ...(suggestion !== undefined && { suggestion }),
    };
  });
};

const parsed = (text: string): { readonly value: Value } | { readonly problem: string } => {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    return { problem: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
};
