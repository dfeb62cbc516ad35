// `${…}` and `{{…}}` in the values of a flow file. Invariants:
// T1. A value that is one whole placeholder keeps its type; embedded, it is text.
// T2. Definitions are rendered where they are used; data is never looked at for placeholders.
// T3. What is inserted into the userinfo of a connection string is percent-encoded.
import type { Value } from '@testmesh/domain';
import { Evaluation } from '../expression/evaluation.ts';
import type { NameReference } from '../expression/expression.ts';
import { mentions, placeholders } from '../expression/names.ts';
import { parseRange } from '../expression/parser.ts';
import { plainText } from '../expression/plain-text.ts';
import { caught } from '../expression/problem.ts';
import { textParts } from '../expression/text-parts.ts';
import type { MapEntry, Node } from '../model/node.ts';
import type { Scope } from '../model/scope.ts';
import type { Outcome, Problem, Text } from '../model/text.ts';
import { isMap } from '../path/child.ts';
import { withUserInfo } from './connection-string.ts';
import { renderTemplate } from './render.ts';
import type { Template, TemplateEntry } from './template-tree.ts';

export type { Template } from './template-tree.ts';

interface Compiled {
  readonly template: Template;
  readonly problems: readonly Problem[];
}

const NOTHING: Template = { kind: 'constant', value: null };

/** Compiles every text of a node; all problems at once. */
export const compileTemplate = (node: Node): Compiled => {
  const problems: Problem[] = [];
  return { template: compileNode(node, problems), problems };
};

export const compileTextTemplate = (text: Text): Compiled => {
  const compiled = caught(text, () => compileText(text));
  return compiled.ok ? { template: compiled.value, problems: [] } : { template: NOTHING, problems: [compiled.problem] };
};

const compileNode = (node: Node, problems: Problem[]): Template => {
  switch (node.kind) {
    case 'scalar': {
      if (typeof node.value !== 'string') return { kind: 'constant', value: node.value };
      return collected(compileTextTemplate(node.text), problems);
    }
    case 'list': {
      const items = node.items.map((item) => compileNode(item, problems));
      if (!items.every(isConstant)) return { kind: 'list', items };
      return { kind: 'constant', value: items.map(constantOf) };
    }
    case 'map': {
      const entries = node.entries.map((entry) => compileEntry(entry, problems));
      if (!entries.every((entry) => isConstant(entry.value) && !entry.keyTemplate)) return { kind: 'map', entries };
      return { kind: 'constant', value: Object.fromEntries(entries.map(({ key, value }) => [key, constantOf(value)])) };
    }
  }
};

const compileEntry = ({ key, keySpan, value }: MapEntry, problems: Problem[]): TemplateEntry => {
  if (key === '__proto__') {
    problems.push({ code: 'TM3009', message: '`__proto__` cannot be a key', span: keySpan });
  }
  const compiled = { key, value: compileNode(value, problems) };
  if (!key.includes('${') && !key.includes('{{')) return compiled;
  return { ...compiled, keyTemplate: collected(compileTextTemplate(keyText(key, keySpan)), problems) };
};

/** A key's text; a quoted key begins one column later. */
export const keyText = (key: string, span: MapEntry['keySpan']): Text => {
  const quote = span.endLine === span.line && span.endColumn - span.column > key.length ? 1 : 0;
  return plainText(key, span.file, span.line, span.column + quote);
};

const collected = ({ template, problems: found }: Compiled, problems: Problem[]): Template => {
  problems.push(...found);
  return template;
};

const constantOf = (template: Template): Value => (template.kind === 'constant' ? template.value : null);

const compileText = (text: Text): Template => {
  const { value } = text;
  if (!value.includes('${') && !value.includes('{{')) return { kind: 'constant', value };
  const parts = withUserInfo(textParts(text, 0, value.length, parseRange));
  const [first] = parts;
  if (parts.length > 1) return { kind: 'text', text, parts };
  if (first?.kind === 'placeholder') return { kind: 'whole', text, ast: first.ast };
  return { kind: 'constant', value: first?.text ?? '' };
};

const NOWHERE = plainText('');

/** The template's value with everything in it worked out. */
export const render = (template: Template, scope: Scope): Outcome<Value> => {
  if (template.kind === 'constant') return { ok: true, value: template.value };
  return caught(NOWHERE, () => renderTemplate(template, new Evaluation(scope, NOWHERE, renderTemplate)));
};

/** Every name a template mentions, as `rootNames` does for an expression. */
export const templateNames = (
  template: Template,
  isKnown: (name: string) => boolean = () => true,
): readonly NameReference[] => {
  switch (template.kind) {
    case 'constant':
      return [];
    case 'whole':
      return referencesIn(template.text, [template.ast], isKnown);
    case 'text':
      return referencesIn(
        template.text,
        placeholders(template.parts).map(({ ast }) => ast),
        isKnown,
      );
    case 'list':
      return template.items.flatMap((item) => templateNames(item, isKnown));
    case 'map':
      return template.entries.flatMap(({ keyTemplate, value }) => [
        ...(keyTemplate ? templateNames(keyTemplate, isKnown) : []),
        ...templateNames(value, isKnown),
      ]);
  }
};

const referencesIn = (text: Text, asts: Parameters<typeof mentions>[0][], isKnown: (name: string) => boolean) =>
  asts.flatMap((ast) =>
    mentions(ast, isKnown).map(({ root, path, optional, start, end }) => ({
      name: root,
      path,
      optional,
      span: text.span(start, end),
    })),
  );

export const isConstant = (template: Template): boolean => template.kind === 'constant';

export const constantTemplate = (value: Value): Template => ({ kind: 'constant', value });

/** Deep merge of maps, `over` winning: an environment's overrides lie under the step's own config. */
export const mergeTemplates = (under: Template, over: Template): Template => {
  const below = entriesOf(under);
  const above = entriesOf(over);
  if (!below || !above) return over;
  const merged = new Map(below.map((entry) => [entry.key, entry]));
  for (const entry of above) {
    const known = merged.get(entry.key);
    merged.set(entry.key, known ? { ...entry, value: mergeTemplates(known.value, entry.value) } : entry);
  }
  return { kind: 'map', entries: [...merged.values()] };
};

const entriesOf = (template: Template): readonly TemplateEntry[] | undefined => {
  if (template.kind === 'map') return template.entries;
  if (template.kind !== 'constant' || !isMap(template.value)) return undefined;
  return Object.entries(template.value).map(([key, value]) => ({ key, value: constantTemplate(value) }));
};
