import type { Span } from '@testmesh/domain';
import { builtinNames } from '../expression/builtins.ts';
import { type Expression, parseExpression } from '../expression/expression.ts';
import { mentions } from '../expression/names.ts';
import { verdictOf } from '../expression/verdict.ts';
import type { MapEntry, MapNode, Node, ScalarNode } from '../model/node.ts';
import type { Problem, Text } from '../model/text.ts';
import { didYouMean } from '../source/suggest.ts';
import { compileTemplate, keyText } from '../template/template.ts';
import type { Assertion, AssertionGroup, SchemaSource } from './assertion.ts';
import { couldBeTrue } from './boolean.ts';
import { schemaNodeProblems } from './schema-node.ts';

interface Compiled {
  readonly assertions: readonly Assertion[];
  readonly problems: readonly Problem[];
}

/** Compiles the items of `assert`, `assert_any` or `assert_none`; all problems at once. */
export const compileAssertions = (node: Node, group: AssertionGroup): Compiled => {
  const items = node.kind === 'list' ? node.items : [node];
  if (items.length === 0) {
    return {
      assertions: [],
      problems: [{ code: 'TM3023', message: 'an empty list asserts nothing', span: node.span }],
    };
  }
  const compiler = new Compiler(group);
  const assertions = items.map((item) => compiler.item(item)).filter((assertion) => assertion !== undefined);
  return { assertions, problems: compiler.problems };
};

const EXPRESSION_KEYS = ['expression', 'json_path', 'condition', 'expr', 'that'];
const MESSAGE_KEYS = ['message', 'description'];
const SCHEMA_KEYS = ['matches_schema', 'matches_schema_file', 'matches_xml_schema_file'];
const FILE_KEYS: ReadonlySet<string> = new Set(['matches_schema_file', 'matches_xml_schema_file']);
const XML_KEY = /^matches_xml/;
const SCHEMA_ENDING = /^(.*\S)\s+(matches_(?:xml_)?schema(?:_file)?)\s*$/s;
const SCHEMA_FILE_TEXT = /^(.*\S)\s+(matches_(?:xml_)?schema_file)\s*:?\s*(["'])(.+)\3\s*$/s;

class Compiler {
  readonly problems: Problem[] = [];
  readonly #group: AssertionGroup;

  constructor(group: AssertionGroup) {
    this.#group = group;
  }

  item(node: Node): Assertion | undefined {
    if (node.kind === 'map') return this.#map(node);
    if (node.kind === 'list') return this.#refuse('TM3022', 'an assertion is a text, not a list', node.span);
    return this.#text(node);
  }

  #text(node: ScalarNode): Assertion | undefined {
    const file = SCHEMA_FILE_TEXT.exec(node.text.value);
    if (file) {
      const [, subject = '', key = '', , path = ''] = file;
      return this.#schema(
        node.text,
        { text: part(node.text, subject.length), key, source: fileSource(key, path) },
        node.span,
      );
    }
    const expression = this.#expression(node.text);
    if (!expression || !this.#isJudgement(expression, node)) return undefined;
    return { group: this.#group, text: node.text.value, span: node.span, check: { kind: 'expression', expression } };
  }

  /** An assertion must be true or false, and must depend on something. */
  #isJudgement(expression: Expression, node: ScalarNode): boolean {
    const { ast } = expression;
    const { value } = node.text;
    if (!couldBeTrue(ast)) {
      const help = `compare it with something, such as \`${short(value)} == …\``;
      this.#refuse('TM3021', `\`${short(value)}\` is never true or false`, node.span, help);
      return false;
    }
    const ofStep = mentions(ast).some(({ root }) => !builtinNames.has(root));
    const always = ofStep ? verdictOf(expression) : undefined;
    if (ofStep && always === undefined) return true;
    if (always !== undefined) {
      const message = `\`${short(value)}\` checks nothing: it is ${always} whatever the values are`;
      this.#refuse('TM3020', message, node.span, 'to check that something is there, write `body.id exists`');
      return false;
    }
    const help = 'name something that the step brought, such as `status` or `body.id`';
    this.#refuse('TM3020', `\`${short(value)}\` checks nothing: it is the same whatever happens`, node.span, help);
    return false;
  }

  #map(node: MapNode): Assertion | undefined {
    const message = this.#message(node);
    const [first, second, ...others] = node.entries.filter(({ key }) => !MESSAGE_KEYS.includes(key));
    if (!first || others.length > 0) return this.#unknownForm(node);
    const assertion = second ? this.#pair(node, first, second) : this.#single(node, first);
    return assertion && message ? { ...assertion, message } : assertion;
  }

  /** `{expression: …}`, `{json_path: …}`, `body matches_schema: {…}`. */
  #single(node: MapNode, entry: MapEntry): Assertion | undefined {
    const [, subject, key = ''] = SCHEMA_ENDING.exec(entry.key) ?? [];
    if (subject !== undefined) {
      const text = part(keyText(entry.key, entry.keySpan), subject.length);
      return this.#schemaOf(text, key, entry.value, node.span);
    }
    if (!EXPRESSION_KEYS.includes(entry.key) || entry.value.kind !== 'scalar') return this.#unknownForm(node);
    return this.#text(entry.value);
  }

  /** `{response: "${x}", matches_schema: {…}}`. */
  #pair(node: MapNode, first: MapEntry, second: MapEntry): Assertion | undefined {
    const [schema, subject] = SCHEMA_KEYS.includes(first.key) ? [first, second] : [second, first];
    if (!SCHEMA_KEYS.includes(schema.key) || subject.value.kind !== 'scalar') return this.#unknownForm(node);
    return this.#schemaOf(subject.value.text, schema.key, schema.value, node.span);
  }

  #message(node: MapNode) {
    const entry = node.entries.find(({ key }) => MESSAGE_KEYS.includes(key));
    if (!entry) return undefined;
    const { template, problems } = compileTemplate(entry.value);
    this.problems.push(...problems);
    return template;
  }

  #schemaOf(subject: Text, key: string, value: Node, span: Span): Assertion | undefined {
    if (FILE_KEYS.has(key) && value.kind === 'scalar') {
      return this.#schema(subject, { text: subject, key, source: fileSource(key, value.text.value) }, span);
    }
    if (XML_KEY.test(key)) {
      const help = 'write `body matches_xml_schema_file "order.xsd"`';
      return this.#refuse('TM3022', 'an XML Schema stands in a file of its own', span, help);
    }
    const { template, problems } = compileTemplate(value);
    this.problems.push(...problems, ...schemaNodeProblems(value));
    return this.#schema(subject, { text: subject, key, source: { kind: 'inline', schema: template } }, span);
  }

  #schema(
    whole: Text,
    { text, key, source }: { text: Text; key: string; source: SchemaSource },
    span: Span,
  ): Assertion | undefined {
    const subject = this.#expression(text);
    if (!subject) return undefined;
    const words =
      text === whole ? `${text.value} ${key}${source.kind === 'file' ? ` "${source.path}"` : ''}` : whole.value;
    return { group: this.#group, text: words, span, check: { kind: 'schema', subject, schema: source } };
  }

  #expression(text: Text): Expression | undefined {
    const parsed = parseExpression(text);
    if (parsed.ok) return parsed.value;
    this.problems.push(parsed.problem);
    return undefined;
  }

  #unknownForm(node: MapNode): undefined {
    const [first] = node.entries;
    const known = [...EXPRESSION_KEYS, ...MESSAGE_KEYS, ...SCHEMA_KEYS];
    const { suggestion } = didYouMean(first?.key ?? '', known);
    const help =
      suggestion ??
      'write a text such as `status == 200`, `{expression, message}` or `body matches_schema: {…}`; a text with `: ` in it needs quotes around the whole of it';
    return this.#refuse('TM3022', 'this is no form of an assertion', node.span, help);
  }

  #refuse(code: string, message: string, span: Span, help?: string): undefined {
    this.problems.push({ code, message, span, ...(help !== undefined && { help }) });
  }
}

const fileSource = (key: string, path: string): SchemaSource => ({
  kind: 'file',
  path,
  language: XML_KEY.test(key) ? 'xml' : 'json',
});

const part = (text: Text, length: number): Text => ({
  value: text.value.slice(0, length),
  span: (start, end) => text.span(start, end),
});

const short = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 60)}…`);
