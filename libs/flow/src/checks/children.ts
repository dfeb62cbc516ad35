import type { Flow, RunFlowStep, Step } from '../model/flow.ts';
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
    findings.error('TM2014', step.actionSpan, `${child.name} has no input \`${name}\``, {
      ...didYouMean(name, declared),
      help: `its inputs are ${declared.join(', ')}`,
    });
  }
  for (const { name, required } of child.inputs) {
    const isInherited = step.inheritEnv && (names.isGiven(name) || names.captures.has(name));
    if (required && !given.includes(name) && !isInherited && step.inputFile === undefined) {
      findings.error('TM2014', step.actionSpan, `${child.name} needs the input \`${name}\``, {
        help: `give it under input: {${name}: …}`,
      });
    }
  }
};

const inputKeys = ({ input }: RunFlowStep): readonly string[] | undefined => {
  if (input.kind === 'map') return input.entries.map(({ key }) => key);
  return input.kind === 'constant' && typeof input.value === 'object' ? Object.keys(input.value ?? {}) : undefined;
};
