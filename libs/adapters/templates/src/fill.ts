// Puts variables into what a template says, after it was read as YAML: a variable can never change the template's shape.
import type { Value } from '@testmesh/domain';
import { type Document, parseAllDocuments, Scalar, visit } from 'yaml';
import { TemplateProblem } from './template-problem.ts';

/** `compose` reads `$$` as one dollar, as compose files have it; in manifests only `$${` stands for `${`. */
export type DollarStyle = 'compose' | 'manifest';

export interface TemplateText {
  readonly text: string;
  /** What people call it: `shop/orders.yaml`. */
  readonly where: string;
}

export interface TemplateDocument {
  readonly where: string;
  readonly value: Value;
}

type Variables = Readonly<Record<string, string>>;

/** Every document of a YAML text that is not empty, with `${NAME}` and `${NAME:-default}` filled in. */
export const filledDocuments = (
  template: TemplateText,
  variables: Variables,
  style: DollarStyle,
): readonly TemplateDocument[] =>
  documentsOf(template, (document, where) => {
    visit(document, {
      Scalar(key, node) {
        if (key !== 'key' && typeof node.value === 'string')
          node.value = filledScalar(node as Scalar<string>, variables, style, where);
      },
    });
  });

/** Every document of a YAML text that is not empty, as it is. */
export const plainDocuments = (template: TemplateText): readonly TemplateDocument[] =>
  documentsOf(template, () => undefined);

const documentsOf = (
  { text, where }: TemplateText,
  change: (document: Document.Parsed, where: string) => void,
): readonly TemplateDocument[] => {
  const documents = parseAllDocuments(text, { merge: true });
  if ('empty' in documents) return [];
  return documents.flatMap((document, index) => {
    const place = documents.length === 1 ? where : `${where}, document ${index + 1}`;
    const [error] = document.errors;
    if (error !== undefined) throw new TemplateProblem(`${place} is no YAML: ${error.message}`);
    change(document, place);
    const value = document.toJS() as Value;
    return value === null ? [] : [{ where: place, value }];
  });
};

const filledScalar = (node: Scalar<string>, variables: Variables, style: DollarStyle, where: string): unknown => {
  const filled = filledText(node.value, variables, style, where);
  // What stood there unquoted is a number or a truth when it reads as one: `replicas: ${REPLICAS:-2}`.
  if (filled === node.value || node.type !== Scalar.PLAIN) return filled;
  if (filled === 'true' || filled === 'false') return filled === 'true';
  return /^(?:0|-?[1-9]\d{0,14})$/.test(filled) ? Number(filled) : filled;
};

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^{}]*))?\}/;
const IN_COMPOSE = new RegExp(`\\$\\$|${REFERENCE.source}|\\$\\{|\\$[A-Za-z_]`, 'g');
const IN_MANIFESTS = new RegExp(`\\$\\$\\{|${REFERENCE.source}|\\$\\{`, 'g');

const filledText = (text: string, variables: Variables, style: DollarStyle, where: string): string =>
  text.replaceAll(style === 'compose' ? IN_COMPOSE : IN_MANIFESTS, (found, name?: string, fallback?: string) => {
    if (found === '$$') return '$';
    if (found === '$${') return '${';
    if (name === undefined) {
      throw new TemplateProblem(`${where}: "${text}" is not understood; write \${NAME} or \${NAME:-default}`);
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : fallback;
    if (value === undefined) {
      throw new TemplateProblem(`${where} asks for \${${name}}, and nobody said it: give settings.variables.${name}`);
    }
    return value;
  });
