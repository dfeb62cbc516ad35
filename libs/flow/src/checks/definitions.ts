import type { Definition, Flow } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import { suggest } from '../source/suggest.ts';
import { isConstant, templateNames } from '../template/template.ts';
import type { Names } from './names.ts';

/** Definitions that lead back to themselves, and secrets that cannot be masked or are nobody's. */
export const checkDefinitions = (flow: Flow, names: Names, findings: Findings): void => {
  checkCycles(names.definitions, findings);
  checkSecrets(flow, names, findings);
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

/** A name that is not the secret's own masks nothing, and the secret is shown. */
const checkSecret = (name: string, flow: Flow, names: Names, findings: Findings): void => {
  if (names.isGiven(name) || names.captures.has(name) || names.steps.has(name) || flow.mentions.has(name)) return;
  const near = suggest(name, [...names.definitions.keys(), ...names.captures.keys(), ...flow.mentions]);
  if (near === undefined && mayBeUsedElsewhere(flow, names)) return;
  findings.error('TM2021', flow.secretSpans.get(name) ?? flow.span, `nothing defines or mentions \`${name}\``, {
    ...(near !== undefined && { suggestion: `did you mean \`${near}\`?` }),
    help: 'what `secrets` names is masked; a misspelt name would leave the value in every report',
  });
};

/** An environment that is not chosen yet may define it for a flow that this one runs. */
const mayBeUsedElsewhere = (flow: Flow, { environment }: Names): boolean =>
  environment === undefined &&
  [...flow.setup, ...flow.steps, ...flow.teardown]
    .flatMap(withNested)
    .some((step) => step.kind === 'run_flow' && step.inheritEnv);

const checkSecrets = (flow: Flow, names: Names, findings: Findings): void => {
  for (const name of flow.secrets) {
    checkSecret(name, flow, names, findings);
    const definition = names.definitions.get(name);
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
