import { canonicalJson, escapedForYaml, type Value, type ValueMap } from '@testmesh/domain';
import type { MapEntry, MapNode, Node } from '../model/node.ts';
import { Source } from '../source/source.ts';
import { typedScalar } from './core-schema.ts';
import { documentValue } from './document-value.ts';
import { readDocument } from './read-document.ts';

// A flow's text, changed where it says something and nowhere else: comments, order and spelling stay. Invariants:
// E1. What was not asked to change means what it meant: the changed text is read again and compared.
// E2. A text that cannot be changed so is left alone, and its owner told.

/** A stretch of a text, from its first character to the one behind its last. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The text with another name, suite or tags; undefined when they do not stand in it in a way that can be replaced. */
export const editFlowText = (
  text: string,
  key: 'name' | 'suite' | 'tags',
  value: string | readonly string[],
): string | undefined => {
  const source = new Source('flow.yaml', text);
  const flow = flowIn(source);
  if (flow === undefined) return undefined;
  const entry = flow.entries.find((one) => one.key === key);
  const edited = entry === undefined ? inserted(source, flow, key, value) : replacedIn(source, flow, entry, value);
  if (edited === undefined) return undefined;
  const before = flowValue(source.text);
  const after = flowValue(edited);
  const isMeant = canonicalJson({ ...before, [key]: value as Value }) === canonicalJson(after ?? null);
  return isMeant ? edited : undefined;
};

/** Where the values of a key stand, however deep the key lies. */
export const valuesOfKey = (text: string, key: string): readonly Stretch[] => {
  const source = new Source('flow.yaml', text);
  const { root } = readDocument(source);
  return root === undefined ? [] : valuesIn(source, root, key);
};

const valuesIn = (source: Source, node: Node, key: string): readonly Stretch[] => {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'list') return node.items.flatMap((item) => valuesIn(source, item, key));
  return node.entries.flatMap((entry) =>
    entry.key === key ? [stretchOf(source, entry.value)] : valuesIn(source, entry.value, key),
  );
};

const flowIn = (source: Source): MapNode | undefined => {
  const { root } = readDocument(source);
  if (root?.kind !== 'map') return undefined;
  const wrapped = root.entries.find(({ key }) => key === 'flow')?.value;
  return wrapped?.kind === 'map' ? wrapped : root;
};

const flowValue = (text: string): ValueMap | undefined => {
  const whole = documentValue({ file: 'flow.yaml', text }) as ValueMap | undefined;
  const wrapped = whole?.['flow'];
  return typeof wrapped === 'object' && wrapped !== null && !Array.isArray(wrapped) ? (wrapped as ValueMap) : whole;
};

const offsetOf = ({ text }: Source, line: number, column: number): number => {
  let start = 0;
  for (let at = 1; at < line; at++) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
};

/** A block reaches to the next line; what is meant ends before its line does. */
const stretchOf = (source: Source, { span }: Node): Stretch => {
  const start = offsetOf(source, span.line, span.column);
  const end = offsetOf(source, span.endLine, span.endColumn);
  return { start, end: start + source.text.slice(start, end).trimEnd().length };
};

const isBraced = (source: Source, flow: MapNode): boolean => source.text[stretchOf(source, flow).start] === '{';

const replacedIn = (source: Source, flow: MapNode, { value: node }: MapEntry, value: string | readonly string[]) => {
  const { text } = source;
  const { start, end } = stretchOf(source, node);
  const column = node.span.column - 1;
  const isBlock = typeof value !== 'string' && text[start] === '-' && value.length > 0;
  const written = isBlock
    ? value.map((item) => `- ${plain(item)}`).join(`${lineEnd(text)}${' '.repeat(column)}`)
    : writtenAs(value, isBraced(source, flow));
  return `${text.slice(0, start)}${written}${text.slice(end)}`;
};

/** A key that is not there yet stands behind the name. */
const inserted = (source: Source, flow: MapNode, key: string, value: string | readonly string[]) => {
  const { text } = source;
  const name = flow.entries.find((one) => one.key === 'name');
  if (name === undefined) return undefined;
  const { end } = stretchOf(source, name.value);
  if (isBraced(source, flow)) return `${text.slice(0, end)}, "${key}": ${writtenAs(value, true)}${text.slice(end)}`;
  const next = text.indexOf('\n', end);
  const at = next < 0 ? text.length : next - (text[next - 1] === '\r' ? 1 : 0);
  const indent = ' '.repeat(name.keySpan.column - 1);
  return `${text.slice(0, at)}${lineEnd(text)}${indent}${key}: ${writtenAs(value, false)}${text.slice(at)}`;
};

const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const writtenAs = (value: string | readonly string[], isJson: boolean): string => {
  const one = isJson ? quoted : plain;
  return typeof value === 'string' ? one(value) : `[${value.map(one).join(', ')}]`;
};

/** Words that other readers of YAML take for something else are quoted, too. */
const OTHER_WORDS = /^(?:y|n|yes|no|on|off)$/i;

const plain = (text: string): string => {
  const isWord = /^[A-Za-z][A-Za-z0-9_-]*$/.test(text) && !OTHER_WORDS.test(text);
  const typed = typedScalar(text);
  return isWord && typed.kind === 'value' && typed.value === text ? text : quoted(text);
};

const quoted = (text: string): string => escapedForYaml(JSON.stringify(text));
