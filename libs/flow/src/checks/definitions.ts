import type { Definition, Flow } from '../model/flow.ts';
import type { Findings } from '../source/findings.ts';
import { isConstant, templateNames } from '../template/template.ts';
import type { CheckOptions, Names } from './names.ts';

/** Definitions that lead back to themselves, and secrets that cannot be masked or are nobody's. */
export const checkDefinitions = (flow: Flow, names: Names, options: CheckOptions, findings: Findings): void => {
  checkCycles(names.definitions, findings);
  checkSecrets(flow, names, options, findings);
};

/** Tells of definitions that lead back to themselves. */
export const checkCycles = (definitions: ReadonlyMap<string, Definition>, findings: Findings): void => {
  const settled = new Set<string>();
  const follow = (name: string, trail: readonly string[]): void => {
    const definition = definitions.get(name);
    if (definition === undefined || settled.has(name)) return;
    const start = trail.indexOf(name);
    if (start >= 0) {
      const cycle = [...trail.slice(start), name].map((part) => `\`${part}\``).join(' → ');
      findings.error('TM2009', definition.span, `the definition leads back to itself: ${cycle}`, {
        help: 'a default alone is enough: --var, --env-file and the environment win over `env`',
      });
      for (const part of trail.slice(start)) settled.add(part);
      return;
    }
    for (const reference of templateNames(definition.template)) follow(reference.name, [...trail, name]);
    settled.add(name);
  };
  for (const name of definitions.keys()) follow(name, []);
};

/** Shorter secrets would mask half of a report. */
export const SHORTEST_SECRET = 8;

const checkSecrets = (flow: Flow, names: Names, { variables }: CheckOptions, findings: Findings): void => {
  for (const name of flow.secrets) {
    const definition = names.definitions.get(name);
    const isKnown = definition !== undefined || variables.has(name) || names.captures.has(name) || names.isGiven(name);
    if (!isKnown && names.environment !== undefined) {
      findings.warning('TM2021', flow.span, `\`secrets\` names \`${name}\`, which nothing defines`);
    }
    const value =
      definition && isConstant(definition.template) && definition.template.kind === 'constant'
        ? definition.template.value
        : undefined;
    if (value !== undefined && String(value).length < SHORTEST_SECRET) {
      const message = `the secret \`${name}\` is shorter than ${SHORTEST_SECRET} characters: masking it hides unrelated text too`;
      findings.warning('TM2015', definition?.span ?? flow.span, message);
    }
  }
};
