import type { Value } from '@testmesh/domain';
import type { Node } from '../model/node.ts';
import { Source } from '../source/source.ts';
import { readDocument } from './read-document.ts';

/** A document as plain data, for readers who know no YAML; undefined when it cannot be read at all. */
export const documentValue = ({ file, text }: { readonly file: string; readonly text: string }): Value | undefined => {
  const { root } = readDocument(new Source(file, text));
  return root && valueOfNode(root);
};

const valueOfNode = (node: Node): Value => {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(valueOfNode);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, valueOfNode(value)]));
  }
};
