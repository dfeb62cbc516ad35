import type { ActionSchema } from '@testmesh/contracts';
import type { Span, Value, ValueMap } from '@testmesh/domain';
import type { ActionStep } from '../model/flow.ts';
import type { MapEntry, MapNode, Node } from '../model/node.ts';
import type { Text } from '../model/text.ts';
import { constantTemplate, type Template } from '../template/template.ts';
import type { TemplateEntry } from '../template/template-tree.ts';
import { configProblems, nodeAt } from './config-problems.ts';
import { isEmpty, warnOfEmptyKey } from './fields.ts';
import { isTemplated, type Reading, readTemplate } from './reading.ts';
import { plainValue } from './values.ts';

export interface ReadConfig {
  readonly config: Template;
  readonly leftToEnvironment: readonly string[];
  readonly files: ActionStep['files'];
  readonly configPlaces: ActionStep['configPlaces'];
}

/** Canonical keys, judged by the action's schema, compiled; `place` is where a missing key is reported. */
export const readActionConfig = (
  reading: Reading,
  schema: ActionSchema,
  written: MapNode,
  { place, partial = false }: { place: Span; partial?: boolean },
): ReadConfig => {
  const { node, raw } = normalised(schema, withCanonicalKeys(reading, schema, written));
  const { diagnostics, leftToEnvironment } = configProblems({ schema, node, raw, place });
  // An environment's override is a part of a config: what it lacks, the step gives.
  reading.findings.add(partial ? diagnostics.filter(({ code }) => code !== 'TM1204') : diagnostics);
  return {
    config: compileConfig(reading, schema, node),
    configPlaces: new Map(node.entries.map(({ key, value }) => [key, value.span])),
    leftToEnvironment,
    files: filesOf(schema, node, raw),
  };
};

const filesOf = (schema: ActionSchema, node: MapNode, raw: ValueMap): ActionStep['files'] =>
  (schema.files?.(raw) ?? []).flatMap((path) => {
    const place = nodeAt(node, path);
    const isText = place?.kind === 'scalar' && typeof place.value === 'string' && !isTemplated(place);
    return isText ? [{ path: place.text.value, span: place.span }] : [];
  });

const withCanonicalKeys = ({ findings }: Reading, { keyAliases }: ActionSchema, written: MapNode): MapNode => {
  const entries = new Map<string, MapEntry>();
  const spelling = new Map<string, string>();
  for (const entry of written.entries) {
    const key = Object.hasOwn(keyAliases, entry.key) ? (keyAliases[entry.key] ?? entry.key) : entry.key;
    if (isEmpty(entry.value)) warnOfEmptyKey(entry, findings);
    else if (entries.has(key)) {
      const message = `\`${entry.key}\` and \`${spelling.get(key)}\` are the same setting; give one of them`;
      findings.error('TM1104', entry.keySpan, message);
    } else {
      entries.set(key, { ...entry, key });
      spelling.set(key, entry.key);
    }
  }
  return { ...written, entries: [...entries.values()] };
};

const normalised = (schema: ActionSchema, node: MapNode): { node: MapNode; raw: ValueMap } => {
  const origins = new Map<unknown, Node>();
  const raw = plainValue(node, origins) as ValueMap;
  if (schema.normalise === undefined) return { node, raw };
  const rewritten = schema.normalise(raw) as ValueMap;
  if (rewritten === raw) return { node, raw };
  const entries = Object.entries(rewritten).map(([key, value]) =>
    entryOf(key, value, { node, raw, rewritten, origins }),
  );
  return { node: { ...node, entries }, raw: rewritten };
};

interface Rewrite {
  readonly node: MapNode;
  readonly raw: ValueMap;
  readonly rewritten: ValueMap;
  readonly origins: ReadonlyMap<unknown, Node>;
}

// What the rewriting kept, keeps its place; what it made stands where the keys stood that it replaced.
const entryOf = (key: string, value: Value, rewrite: Rewrite): MapEntry => {
  const own = rewrite.node.entries.find((entry) => entry.key === key);
  if (own !== undefined && rewrite.raw[key] === value) return own;
  const replaced = own ?? rewrite.node.entries.find((entry) => !(entry.key in rewrite.rewritten));
  const place = replaced ?? { keySpan: rewrite.node.span, value: rewrite.node };
  return { key, keySpan: place.keySpan, value: nodeOf(value, place.value, rewrite.origins) };
};

const nodeOf = (value: Value, place: Node, origins: ReadonlyMap<unknown, Node>): Node => {
  const { span } = place;
  if (Array.isArray(value)) {
    return (
      origins.get(value) ?? { kind: 'list', items: value.map((item: Value) => nodeOf(item, place, origins)), span }
    );
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map(([key, item]) => ({
      key,
      keySpan: span,
      value: nodeOf(item, place, origins),
    }));
    return origins.get(value) ?? { kind: 'map', entries, span };
  }
  return (
    scalarWithin(place, value) ?? {
      kind: 'scalar',
      value,
      text: textAt(String(value), span),
      plain: typeof value !== 'string',
      span,
    }
  );
};

/** The scalar with this value in the part of the config that was rewritten. */
const scalarWithin = (node: Node, value: Value): Node | undefined => {
  if (node.kind === 'scalar') return node.value === value ? node : undefined;
  const inner = node.kind === 'list' ? node.items : node.entries.map((entry) => entry.value);
  for (const part of inner) {
    const found = scalarWithin(part, value);
    if (found !== undefined) return found;
  }
  return undefined;
};

const textAt = (value: string, span: Span): Text => ({ value, span: () => span });

const compileConfig = (reading: Reading, schema: ActionSchema, node: MapNode): Template => {
  const literal = new Set(schema.unrendered);
  const entries = node.entries.map(({ key, value }): TemplateEntry => {
    const template = literal.has(key) ? constantTemplate(plainValue(value)) : readTemplate(reading, value);
    return { key, value: template };
  });
  if (entries.every(({ value }) => value.kind === 'constant')) {
    return constantTemplate(Object.fromEntries(entries.map(({ key, value }) => [key, constantOf(value)])));
  }
  return { kind: 'map', entries };
};

const constantOf = (template: Template): Value => (template.kind === 'constant' ? template.value : null);
