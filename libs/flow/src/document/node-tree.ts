import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap, type YAMLSeq } from 'yaml';
import type { MapEntry, Node, ScalarNode } from '../model/node.ts';
import type { Findings } from '../source/findings.ts';
import type { Source } from '../source/source.ts';
import { typedScalar } from './core-schema.ts';
import { type ScalarStyle, ScalarText } from './scalar-text.ts';
import { findTrap, inQuotes } from './traps.ts';
import { LIMITS } from './yaml-tokens.ts';

type Parsed = { readonly range?: readonly [number, number, number] | null; readonly tag?: string; anchor?: string };

// A1. A node knows where it stands; what comes from an alias stands where its anchor stands.
// A2. Expanding aliases never costs more than LIMITS.nodes, however they multiply.
// A3. Keys are text, each at most once in a map; a key that could reach an object's prototype is refused.

/** Turns what the YAML parser composed into nodes, reporting what a flow file may not hold. */
export const nodeTree = (contents: unknown, source: Source, findings: Findings): Node =>
  new TreeBuilder(source, findings).build(contents, 0);

const STYLES: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

const TAG = 'tag:yaml.org,2002:';
const REFUSED_KEYS = new Set(['__proto__']);

class TreeBuilder {
  readonly #source: Source;
  readonly #findings: Findings;
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number }>();
  #size = 0;
  #full = false;

  constructor(source: Source, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
  }

  build(yaml: unknown, emptyAt: number): Node {
    if (isAlias(yaml)) return this.#alias(yaml);
    const before = this.#size++;
    const node = this.#anchored(yaml, emptyAt);
    const anchor = (yaml as Parsed | null)?.anchor;
    if (anchor) this.#anchors.set(anchor, { node, size: this.#size - before });
    return node;
  }

  #anchored(yaml: unknown, emptyAt: number): Node {
    if (isMap(yaml)) return this.#map(yaml);
    if (isSeq(yaml)) return this.#list(yaml);
    if (isScalar(yaml)) return this.#scalar(yaml as Scalar<string>, emptyAt);
    return this.#empty(emptyAt);
  }

  #alias(alias: Alias): Node {
    const [start, end] = rangeOf(alias);
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      const message = `the alias \`*${alias.source}\` refers to an anchor that is not complete before it`;
      this.#findings.error('TM1011', this.#source.span(start, end), message);
      return this.#empty(start);
    }
    this.#size += target.size;
    if (this.#size <= LIMITS.nodes) return target.node;
    if (!this.#full) {
      const message = `the aliases of this file expand to more than ${LIMITS.nodes} values`;
      this.#findings.error('TM1008', this.#source.span(start, end), message);
    }
    this.#full = true;
    return this.#empty(start);
  }

  #list(list: YAMLSeq): Node {
    const [start, end] = rangeOf(list);
    this.#refuseTag(list, 'seq');
    return {
      kind: 'list',
      items: list.items.map((item) => this.build(item, start)),
      span: this.#source.span(start, end),
    };
  }

  #map(map: YAMLMap): Node {
    const [start, end] = rangeOf(map);
    this.#refuseTag(map, 'map');
    const own = new Map<string, MapEntry>();
    const merged: Node[] = [];
    for (const pair of map.items as Pair[]) {
      const entry = this.#entry(pair);
      if (entry === undefined) continue;
      if (entry.key === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') merged.push(entry.value);
      else if (own.has(entry.key)) this.#duplicate(entry, own.get(entry.key) as MapEntry);
      else own.set(entry.key, entry);
    }
    const entries = merged.length === 0 ? [...own.values()] : this.#withMerged(own, merged);
    return { kind: 'map', entries, span: this.#source.span(start, end) };
  }

  #duplicate(entry: MapEntry, first: MapEntry): void {
    const message = `the key \`${entry.key}\` stands here a second time; the first is on line ${first.keySpan.line}`;
    this.#findings.error('TM1003', entry.keySpan, message);
  }

  #entry({ key, value }: Pair): MapEntry | undefined {
    const [start, end] = rangeOf(key);
    const keySpan = this.#source.span(start, end);
    if (!isScalar(key)) {
      this.#strangeKey(keySpan);
      return undefined;
    }
    const name = String((key as Scalar<string>).value ?? '');
    if (REFUSED_KEYS.has(name)) {
      this.#findings.error('TM1013', keySpan, `\`${name}\` cannot be a key`);
      return undefined;
    }
    return { key: name, keySpan, value: this.build(value, end) };
  }

  #strangeKey(keySpan: Node['span']): void {
    const trap = findTrap(this.#source, keySpan.line);
    if (trap !== undefined) this.#findings.error('TM1010', trap.span, trap.message, { help: trap.help });
    else this.#findings.error('TM1001', keySpan, 'a list or a map cannot be a key');
  }

  // Explicit keys win over merged ones, the first merged map over later ones (https://yaml.org/type/merge.html).
  #withMerged(own: ReadonlyMap<string, MapEntry>, merged: readonly Node[]): MapEntry[] {
    const all = new Map(own);
    for (const node of merged.flatMap((value) => (value.kind === 'list' ? value.items : [value]))) {
      if (node.kind !== 'map') {
        this.#findings.error('TM1014', node.span, '`<<` merges a map or a list of maps');
        continue;
      }
      for (const entry of node.entries) if (!all.has(entry.key)) all.set(entry.key, entry);
    }
    return [...all.values()];
  }

  #scalar(scalar: Scalar<string>, emptyAt: number): ScalarNode {
    const [start, end] = scalar.range ? rangeOf(scalar) : [emptyAt, emptyAt];
    const style = STYLES[scalar.type ?? 'PLAIN'] ?? 'plain';
    const written = scalar.value ?? '';
    const span = this.#source.span(start, end);
    const tag = this.#scalarTag(scalar);
    const isText = tag === undefined ? style !== 'plain' : tag === 'str';
    const value = isText ? written : this.#typed(written, span);
    const text = new ScalarText(written, this.#source, { start, end, style });
    return { kind: 'scalar', value, text, plain: !isText, span };
  }

  #typed(written: string, span: Node['span']): ScalarNode['value'] {
    const typed = typedScalar(written);
    if (typed.kind === 'value') return typed.value;
    const quoted = inQuotes(written);
    if (typed.kind === 'leading-zero') {
      this.#findings.error('TM1004', span, `\`${written}\` starts with a zero: is it a number or a text?`, {
        help: `write ${quoted} for the text, ${written.replace(/^([-+]?)0+(?=\d)/, '$1')} for the number`,
      });
    } else {
      this.#findings.error('TM1016', span, `\`${written}\` is no number that JSON knows`, { help: `write ${quoted}` });
    }
    return written;
  }

  #scalarTag(scalar: Parsed): string | undefined {
    const tag = scalar.tag?.startsWith(TAG) ? scalar.tag.slice(TAG.length) : scalar.tag;
    if (tag === undefined || tag === '!') return tag === '!' ? 'str' : undefined;
    if (['str', 'int', 'float', 'bool', 'null'].includes(tag)) return tag;
    const span = this.#tagBefore(scalar);
    const trap = findTrap(this.#source, span.line);
    if (trap === undefined) this.#unknownTag(span, tag);
    else this.#findings.error('TM1010', trap.span, trap.message, { help: trap.help });
    return 'str';
  }

  #refuseTag(collection: Parsed, expected: string): void {
    const tag = collection.tag;
    if (tag !== undefined && tag !== TAG + expected) this.#unknownTag(this.#tagBefore(collection), tag);
  }

  #unknownTag(span: Node['span'], tag: string): void {
    this.#findings.error('TM1012', span, `the YAML tag \`${tag}\` means nothing in a flow`);
  }

  /** A tag stands before the value it belongs to, and is no part of it. */
  #tagBefore(node: Parsed): Node['span'] {
    const { text } = this.#source;
    let start = text.lastIndexOf('!', rangeOf(node)[0] - 1);
    while (text[start - 1] === '!') start--;
    const [written = '!'] = /^\S+/.exec(text.slice(Math.max(0, start), start + 100)) ?? [];
    return this.#source.span(Math.max(0, start), start + written.length);
  }

  #empty(at: number): ScalarNode {
    const text = new ScalarText('', this.#source, { start: at, end: at, style: 'plain' });
    return { kind: 'scalar', value: null, text, plain: true, span: this.#source.span(at, at) };
  }
}

const rangeOf = (node: unknown): [number, number] => {
  const range = (node as Parsed | null)?.range;
  return range ? [range[0], range[1]] : [0, 0];
};
