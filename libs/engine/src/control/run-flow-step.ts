import { parseJson, type Value, type ValueMap } from '@testmesh/domain';
import { extract, type Flow, type RunFlowStep, readEnvFile, render } from '@testmesh/flow';
import { isMap } from '../blobs.ts';
import { FlowRun } from '../flow-run.ts';
import { flowNames, inputProblem, secretNamesOf } from '../names/flow-names.ts';
import { Memory } from '../names/memory.ts';
import { StepScope } from '../names/step-scope.ts';
import { besideFile } from '../paths.ts';
import { runPhases } from '../phases.ts';
import { messageOf } from '../resources.ts';
import { credentialOutputs } from '../secrets/credential-names.ts';
import { asError, StepProblem, text } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import type { Controlled } from './controls.ts';
import { insideOf } from './inside.ts';

// E80. A child flow has its own setup, steps and teardown, names and memory; its steps are facts under the step's path, its teardown runs whatever happens.
// E81. Its inputs are typed and checked before its first step; an input it does not declare is a mistake, unless it declares none.
// E82. A flow that leads to itself, or more than MAX_DEPTH flows into each other, is refused.

export const MAX_DEPTH = 16;

export const runChildFlow = async (attempt: Attempt<RunFlowStep>): Promise<Controlled> => {
  const { step, frame } = attempt;
  const flow = await load(text(step.flow, attempt.scope), attempt);
  const input = { ...(await fileInput(attempt)), ...inputOf(attempt) };
  const child = await childRun(flow, input, attempt);
  frame.run.source(flow.file, flow.text);
  const inside = { ...insideOf(attempt), flowRun: child, memory: new Memory(), locals: undefined };
  const { failure, teardown } = await runPhases(inside);
  const nested = failure ?? teardown.failure;
  const results = nested ? {} : childResults(inside.flowRun, inside.memory, attempt);
  return { output: { flow: flow.name, status: nested ? nested.status : 'passed', ...results }, nested };
};

const load = async (path: string, { step, frame }: Attempt<RunFlowStep>): Promise<Flow> => {
  const { lineage, flow: parent } = frame.flowRun;
  const refuse = (code: string, message: string): StepProblem =>
    new StepProblem({ code, message, span: step.flow.span, defect: true });
  const flow = await frame.run.ports.childFlow(path, parent.file).catch((error: unknown) => {
    throw refuse('TM5060', `the flow ${path} could not be read: ${messageOf(error)}`);
  });
  if (lineage.includes(flow.file)) {
    throw refuse('TM5061', `${[...lineage, flow.file].join(' → ')} leads back to itself`);
  }
  if (lineage.length >= MAX_DEPTH) throw refuse('TM5062', `more than ${MAX_DEPTH} flows lead into each other`);
  return flow;
};

const inputOf = ({ step, scope }: Attempt<RunFlowStep>): ValueMap => {
  const rendered = render(step.input, scope);
  if (!rendered.ok) throw new StepProblem(asError(rendered.problem, scope.absent.length === 0));
  if (isMap(rendered.value)) return rendered.value;
  throw new StepProblem({ code: 'TM5030', message: 'input must be a map', span: step.span, defect: true });
};

const fileInput = async ({ step, frame, scope }: Attempt<RunFlowStep>): Promise<ValueMap> => {
  if (!step.inputFile) return {};
  const file = besideFile(frame.flowRun.flow.file, text(step.inputFile, scope));
  try {
    const input = parseJson(new TextDecoder().decode(await frame.run.ports.readFile(file)));
    if (isMap(input)) return input;
    throw new Error('it must hold a map');
  } catch (error) {
    const message = `the input_file ${file} could not be read: ${messageOf(error)}`;
    throw new StepProblem({ code: 'TM5064', message, span: step.inputFile.span, defect: true });
  }
};

const childRun = async (flow: Flow, input: ValueMap, attempt: Attempt<RunFlowStep>): Promise<FlowRun> => {
  const { step, frame } = attempt;
  const { run, flowRun } = frame;
  refuseUnknown(flow, input, attempt);
  const { environment } = run;
  const { osVariables, envFileVariables, variables, secretNames } = run.input;
  const names = flowNames({
    flow,
    environment,
    constants: run.constants,
    os: step.inheritEnv ? osVariables : NONE,
    flowEnvFile: await envFileOf(flow, attempt),
    envFile: step.inheritEnv ? envFileVariables : NONE,
    variables: new Map([...(step.inheritEnv ? variables : NONE), ...Object.entries(input)]),
  });
  const secrets = secretNamesOf(flow, environment, [...secretNames, ...flowRun.secretNames]);
  run.learnSecrets(names, secrets);
  const problem = inputProblem(flow, names, (name) => step.inputPlaces.get(name)?.value ?? step.actionSpan);
  if (problem) throw new StepProblem(problem);
  const inherited = step.inheritEnv ? attempt.scope : undefined;
  const handedBack = credentialOutputs(step, flowRun.credentials);
  return new FlowRun(run, flow, names, secrets, [...flowRun.lineage, flow.file], { inherited, handedBack });
};

const NONE: ReadonlyMap<string, Value> = new Map();

const refuseUnknown = (flow: Flow, input: ValueMap, { step }: Attempt<RunFlowStep>): void => {
  if (flow.inputs.length === 0) return;
  const unknown = Object.keys(input).find((name) => !flow.inputs.some((declared) => declared.name === name));
  if (unknown === undefined) return;
  const known = flow.inputs.map(({ name }) => name).join(', ');
  throw new StepProblem({
    code: 'TM5022',
    message: `${flow.name} has no input ${unknown}; it has ${known}`,
    span: step.inputPlaces.get(unknown)?.key ?? step.inputFile?.span ?? step.actionSpan,
    defect: true,
  });
};

const envFileOf = async (flow: Flow, { frame }: Attempt): Promise<ReadonlyMap<string, Value>> => {
  if (!flow.envFile) return NONE;
  const file = besideFile(flow.file, flow.envFile.path);
  try {
    const bytes = await frame.run.ports.readFile(file);
    const { variables, diagnostics } = readEnvFile({ file, text: new TextDecoder().decode(bytes) });
    const first = diagnostics.find(({ severity }) => severity === 'error');
    if (!first) return variables;
    throw new Error(first.message);
  } catch (error) {
    const message = `env_file ${file} could not be read: ${messageOf(error)}`;
    throw new StepProblem({ code: 'TM5063', message, span: flow.envFile.span, defect: true });
  }
};

/** What the parent sees: the declared outputs, else all that was captured. */
const childResults = (child: FlowRun, memory: Memory, { frame, path, number }: Attempt): ValueMap => {
  const { flow } = child;
  if (flow.outputs.length === 0) return Object.fromEntries(memory.captured);
  const inside = { ...frame, flowRun: child, memory, locals: undefined };
  return declaredOutputs(flow, new StepScope(inside, `${frame.run.input.seed}/${path}/${number}/outputs`), memory);
};

/** The values of a flow's own `outputs`. */
export const declaredOutputs = (flow: Flow, scope: StepScope, memory: Memory): ValueMap =>
  Object.fromEntries(
    flow.outputs.map(({ name, from }) => {
      const taken =
        from.kind === 'template'
          ? render(from.template, scope)
          : extract(
              from.path,
              { ...memory.steps(), ...Object.fromEntries(memory.captured) },
              { stepId: '', aliases: {} },
            );
      if (!taken.ok) throw new StepProblem(asError(taken.problem, true));
      return [name, taken.value ?? null];
    }),
  );
