import type { Span } from '@testmesh/domain';
import type { Node } from '../model/node.ts';
import type { Problem } from '../model/text.ts';
import { plainValue } from '../reading/values.ts';
import { patternProblem } from '../regex/regex.ts';
import { schemaProblems } from './schema-problems.ts';

/** What is wrong with a schema as far as it stands in the file, each at its place. */
export const schemaNodeProblems = (node: Node): readonly Problem[] =>
  schemaProblems(plainValue(node), { isOpen, patternProblem }).map(({ path, ofKey, message, suggestion }) => ({
    code: 'TM3024',
    message,
    span: placeOf(node, path, ofKey === true),
    ...(suggestion !== undefined && { suggestion }),
  }));

const isOpen = (text: string): boolean => text.includes('${') || text.includes('{{');

const placeOf = (root: Node, path: readonly (string | number)[], ofKey: boolean): Span => {
  let node = root;
  let { span } = root;
  for (const [depth, part] of path.entries()) {
    const entry = node.kind === 'map' ? node.entries.find(({ key }) => key === part) : undefined;
    const next = node.kind === 'list' ? node.items[Number(part)] : entry?.value;
    if (next === undefined) return span;
    span = ofKey && depth === path.length - 1 && entry !== undefined ? entry.keySpan : next.span;
    node = next;
  }
  return span;
};
