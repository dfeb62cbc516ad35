// Renders templates; called by expressions too, where a name stands for a definition.
import { isNumber, type Value } from '@testmesh/domain';
import type { Evaluation } from '../expression/evaluation.ts';
import { demand, joined } from '../expression/evaluator.ts';
import { textOf } from '../expression/value-text.ts';
import type { Template, TemplateEntry } from './template-tree.ts';

/** The template's value; a problem on the way is thrown as `Trouble`. */
export const renderTemplate = (template: Template, evaluation: Evaluation): Value => {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'whole':
      return demand(template.ast, evaluation.in(template.text));
    case 'text':
      return joined(template.parts, evaluation.in(template.text));
    case 'list':
      return template.items.map((item) => renderTemplate(item, evaluation));
    case 'map':
      return Object.fromEntries(
        template.entries.map((entry) => [keyOf(entry, evaluation), renderTemplate(entry.value, evaluation)]),
      );
  }
};

const keyOf = ({ key, keyTemplate }: TemplateEntry, evaluation: Evaluation): string => {
  if (!keyTemplate || keyTemplate.kind === 'constant') return key;
  const value = renderTemplate(keyTemplate, evaluation);
  if (typeof value === 'string' || isNumber(value)) return textOf(value);
  const place = { start: 0, end: key.length };
  return evaluation
    .in(textOfKey(keyTemplate))
    .stop(place, 'TM3103', `a key is a text, and \`${key}\` is ${textOf(value)}`);
};

const textOfKey = (template: Template) => (template as Extract<Template, { kind: 'whole' | 'text' }>).text;
