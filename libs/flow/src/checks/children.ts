import { isNumber, type Value } from '@testmesh/domain';
import { describe } from '../expression/value-text.ts';
import type { Flow, InputDeclaration, RunFlowStep, Step } from '../model/flow.ts';
import { isMap } from '../path/child.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import { didYouMean } from '../source/suggest.ts';
import type { CheckOptions, Names } from './names.ts';

/** The flows that `run_flow` steps name: they exist, do not lead back here, and take what they are given. */
export const checkChildren = (flow: Flow, names: Names, options: CheckOptions, findings: Findings): void => {
  const { children } = options;
  if (children === undefined) return;
  for (const step of runFlowSteps(flow)) {
    if (step.flow.kind === 'template') continue;
    const path = step.flow.value;
    const child = children(path, flow);
    if (child === undefined) {
      findings.error('TM2013', step.flow.span, `there is no flow ${path}`, {
        help: `paths are relative to ${flow.file}`,
      });
      continue;
    }
    const cycle = leadsBack(child, [flow.file], children);
    if (cycle === undefined) checkInput(step, child, names, findings);
    else findings.error('TM2012', step.flow.span, `the flow leads back to itself: ${cycle.join(' → ')}`);
  }
};

const runFlowSteps = (flow: Flow): readonly RunFlowStep[] =>
  [...flow.setup, ...flow.steps, ...flow.teardown]
    .flatMap(withNested)
    .filter((step: Step): step is RunFlowStep => step.kind === 'run_flow');

/** The way from the first file of the lineage back to a file of it; undefined when there is none. */
const leadsBack = (
  flow: Flow,
  lineage: readonly string[],
  children: NonNullable<CheckOptions['children']>,
  seen = new Set<string>(),
): readonly string[] | undefined => {
  const trail = [...lineage, flow.file];
  if (lineage.includes(flow.file)) return trail;
  if (seen.has(flow.file)) return undefined;
  seen.add(flow.file);
  for (const step of runFlowSteps(flow)) {
    const child = step.flow.kind === 'fixed' ? children(step.flow.value, flow) : undefined;
    const cycle = child && leadsBack(child, trail, children, seen);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
};

const checkInput = (step: RunFlowStep, child: Flow, names: Names, findings: Findings): void => {
  const given = inputKeys(step);
  if (child.inputs.length === 0 || given === undefined) return;
  const declared = child.inputs.map(({ name }) => name);
  for (const name of given) {
    if (declared.includes(name)) continue;
    findings.error(
      'TM2014',
      step.inputPlaces.get(name)?.key ?? step.actionSpan,
      `${child.name} has no input \`${name}\``,
      {
        ...didYouMean(name, declared),
        help: `its inputs are ${declared.join(', ')}`,
      },
    );
  }
  for (const input of child.inputs) checkDeclared(input, { step, child, given, names, findings });
};

interface Call {
  readonly step: RunFlowStep;
  readonly child: Flow;
  readonly given: readonly string[];
  readonly names: Names;
  readonly findings: Findings;
}

const checkDeclared = ({ name, required, type }: InputDeclaration, call: Call): void => {
  const { step, child, given, names, findings } = call;
  const value = constantInput(step, name);
  if (value !== undefined && type !== 'any' && kindOf(value) !== type) {
    const message = `${child.name} takes \`${name}\` as ${article(type)}, not ${describe(value)}`;
    findings.error('TM2014', step.inputPlaces.get(name)?.value ?? step.actionSpan, message);
  }
  const isInherited = step.inheritEnv && (names.isGiven(name) || names.captures.has(name));
  if (required && !given.includes(name) && !isInherited && step.inputFile === undefined) {
    findings.error('TM2014', step.actionSpan, `${child.name} needs the input \`${name}\``, {
      help: `give it under input: {${name}: …}`,
    });
  }
};

const inputKeys = ({ input }: RunFlowStep): readonly string[] | undefined => {
  if (input.kind === 'map') return input.entries.map(({ key }) => key);
  return input.kind === 'constant' && typeof input.value === 'object' ? Object.keys(input.value ?? {}) : undefined;
};

/** The value of an input that stands in the file. */
const constantInput = ({ input }: RunFlowStep, name: string): Value | undefined => {
  if (input.kind === 'constant') return isMap(input.value) ? input.value[name] : undefined;
  const template = input.kind === 'map' ? input.entries.find(({ key }) => key === name)?.value : undefined;
  return template?.kind === 'constant' ? template.value : undefined;
};

const kindOf = (value: Value): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return isNumber(value) ? 'number' : typeof value;
};

const article = (type: string): string => `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
