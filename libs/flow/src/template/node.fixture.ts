import type { Value } from '@testmesh/domain';
import { plainText } from '../expression/plain-text.ts';
import type { Node } from '../model/node.ts';
import { isList, isMap } from '../path/child.ts';

/** A node as the YAML reader would give it, every text at line 1, column 1. */
export const nodeOf = (value: Value): Node => {
  const text = plainText(typeof value === 'string' ? value : JSON.stringify(value));
  const span = text.span(0, text.value.length);
  if (isList(value)) return { kind: 'list', items: value.map(nodeOf), span };
  if (!isMap(value)) return { kind: 'scalar', value, text, plain: typeof value !== 'string', span };
  const entries = Object.entries(value).map(([key, item]) => ({
    key,
    keySpan: plainText(key).span(0, key.length),
    value: nodeOf(item),
  }));
  return { kind: 'map', entries, span };
};
