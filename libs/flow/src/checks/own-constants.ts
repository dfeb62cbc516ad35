import { rootNames } from '../expression/expression.ts';
import type { Flow } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import { isConstant } from '../template/template.ts';
import type { CheckOptions, Names } from './names.ts';
import { keysInAssertions } from './result-keys.ts';

/** An assertion that looks only at values which the flow itself writes down says nothing of what was tested. */
export const checkOwnConstants = (flow: Flow, names: Names, options: CheckOptions, findings: Findings): void => {
  const isOwn = (name: string): boolean => {
    const definition = names.definitions.get(name);
    return definition !== undefined && flow.env.includes(definition) && isConstant(definition.template);
  };
  if (flow.env.length === 0) return;
  for (const step of [...flow.setup, ...flow.steps, ...flow.teardown].flatMap(withNested)) {
    for (const { check, text, span } of step.asserts) {
      if (check.kind !== 'expression') continue;
      const roots = rootNames(check.expression).map(({ name }) => name);
      const isFixed = (name: string) => isOwn(name) && !options.variables.has(name) && !names.captures.has(name);
      if (roots.length === 0 || !roots.every(isFixed)) continue;
      const keys = keysInAssertions(step, flow, options);
      if (keys === undefined || roots.some((name) => keys.has(name))) continue;
      findings.warning('TM3020', span, `\`${text.trim()}\` looks only at what the flow itself writes under \`env\``, {
        help: 'name something that the step brought, such as `status` or `body.id`',
      });
    }
  }
};
