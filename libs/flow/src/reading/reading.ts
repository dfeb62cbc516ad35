import type { ActionSchema } from '@testmesh/contracts';
import type { Span } from '@testmesh/domain';
import { parseExpression } from '../expression/expression.ts';
import type { Condition, Setting } from '../model/flow.ts';
import type { Node, ScalarNode } from '../model/node.ts';
import type { Outcome, Text } from '../model/text.ts';
import type { Findings } from '../source/findings.ts';
import type { Source } from '../source/source.ts';
import { didYouMean } from '../source/suggest.ts';
import { compileTemplate, compileTextTemplate, type Template } from '../template/template.ts';
import type { ActionCatalogue } from './catalogue.ts';

/** What every reader of a part of one file shares. */
export interface Reading {
  readonly source: Source;
  readonly findings: Findings;
  /** The schemas of the actions this file uses, under every spelling it uses. */
  readonly schemas: ReadonlyMap<string, ActionSchema>;
  /** Every spelling of every action there is. */
  readonly actionNames: readonly string[];
  readonly refusal?: ActionCatalogue['refusal'] | undefined;
}

/** The value of an outcome, or undefined after its problem is reported. */
export const accept = <T>({ findings }: Reading, outcome: Outcome<T>): T | undefined => {
  if (outcome.ok) return outcome.value;
  findings.problem(outcome.problem);
  return undefined;
};

export const readTemplate = ({ findings }: Reading, node: Node): Template => {
  const { template, problems } = compileTemplate(node);
  for (const problem of problems) findings.problem(problem);
  return template;
};

export const readTextTemplate = ({ findings }: Reading, text: Text): Template => {
  const { template, problems } = compileTextTemplate(text);
  for (const problem of problems) findings.problem(problem);
  return template;
};

/** Whether a scalar holds `${…}` or `{{…}}`; `$${` is an escape. */
export const isTemplated = (node: Node): node is ScalarNode & { readonly value: string } =>
  node.kind === 'scalar' && typeof node.value === 'string' && isTemplateText(node.value);

/** Whether a text holds `${…}` or `{{…}}`. */
export const isTemplateText = (text: string): boolean =>
  (text.includes('${') || text.includes('{{')) && /(?<!\$)\$\{|\{\{/.test(text);

export const fixed = <T>(value: T, span: Span): Setting<T> => ({ kind: 'fixed', value, span });

/** A boolean expression; a whole `${…}` around it changes nothing. */
export const readCondition = (reading: Reading, node: Node): Condition | undefined => {
  if (node.kind !== 'scalar' || node.text.value.trim() === '') {
    reading.findings.error('TM1103', node.span, 'a condition is an expression such as `status == 200`');
    return undefined;
  }
  const expression = accept(reading, parseExpression(node.text));
  return expression && { text: node.text.value, expression, span: node.span };
};

/** Names the action that was likely meant, or why one that exists elsewhere cannot be used here. */
export const reportUnknownAction = (
  { findings, refusal }: Reading,
  place: Span,
  name: string,
  known: readonly string[],
): void => {
  const refused = refusal?.(name);
  if (refused !== undefined) findings.error(refused.code, place, refused.message, { help: refused.help });
  else findings.error('TM1201', place, `there is no action \`${name}\``, didYouMean(name, known));
};
