import type { PlannedStep, RunEvent, StepPath, ValueMap } from '@testmesh/domain';
import type { Flow, Step } from '@testmesh/flow';
import { declaredOutputs } from './control/run-flow-step.ts';
import { runSequence } from './control/sequence.ts';
import { FlowRun } from './flow-run.ts';
import type { Frame } from './frame.ts';
import { Interruption } from './interruption.ts';
import { flowNames, inputProblem, secretNamesOf } from './names/flow-names.ts';
import { Memory } from './names/memory.ts';
import { StepScope } from './names/step-scope.ts';
import { type PhasesOutcome, runPhases } from './phases.ts';
import type { EnginePorts, RunInput, RunOutcome } from './ports.ts';
import { type Failure, Run } from './run.ts';
import { StepProblem } from './step/settings.ts';
import { type Conclusion, conclude } from './verdict.ts';

// One run, from RunRequested to RunCompleted. Invariants:
// E110. The last fact is RunCompleted, after everything the run opened is closed, and it is durable before runFlow answers.
// E111. A run that cannot begin (a missing input) is an error and sends nothing.
// E112. The engine reads no clock, randomness or file but through its ports: equal inputs and answers give equal facts.

/** Runs a flow to its end; rejects only when its facts could not be recorded or the engine itself is broken. */
export const runFlow = async (input: RunInput, ports: EnginePorts): Promise<RunOutcome> => {
  const run = new Run(input, ports);
  const begun = ports.clock.monotonic();
  const unfollow = [
    follow(ports.signal, run.control, () => cancelled(ports.signal)),
    follow(ports.force, run.force, () => new Interruption('forced', 'teardown was given up')),
  ];
  try {
    const frame = rootFrame(run);
    announce(run, frame.flowRun);
    const course = await runCourse(frame);
    await run.resources.closeAll();
    const outputs = run.masker.value(outputsOf(frame, course));
    const conclusion = conclude({ ...course, checks: run.checks, excused: run.excused });
    run.recordSources();
    run.record(completion(conclusion, course, outputs, ports.clock.monotonic() - begun));
    await run.durable();
    run.assertRecorded();
    return { ...masked(conclusion, run), outputs };
  } finally {
    for (const stop of unfollow) stop();
    await run.resources.closeAll();
  }
};

const follow = (signal: AbortSignal, control: AbortController, why: () => Interruption): (() => void) => {
  const abort = (): void => control.abort(why());
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
};

const cancelled = ({ reason }: AbortSignal): Interruption => {
  const given = reason instanceof Error && reason.name !== 'AbortError' ? reason.message : reason;
  const more = typeof given === 'string' ? `: ${given}` : '';
  return new Interruption('cancelled', `the run was cancelled${more}`);
};

const rootFrame = (run: Run): Frame => {
  const { flow, environment, osVariables, flowEnvFileVariables, envFileVariables, variables, secretNames } = run.input;
  const names = flowNames({
    flow,
    environment,
    constants: run.constants,
    os: osVariables,
    flowEnvFile: flowEnvFileVariables,
    envFile: envFileVariables,
    variables,
  });
  const secrets = secretNamesOf(flow, environment, secretNames);
  run.learnSecrets(names, secrets);
  return {
    run,
    runSteps: runSequence,
    flowRun: new FlowRun(run, flow, names, secrets, [flow.file]),
    memory: new Memory(),
    phase: 'setup',
    cleaning: false,
    prefix: '',
    signal: run.control.signal,
    branch: '',
  };
};

const announce = (run: Run, { flow, environment, secretNames }: FlowRun): void => {
  const { input } = run;
  const given = [...input.envFileVariables, ...input.variables];
  run.record({
    type: 'RunRequested',
    flow: { name: flow.name, file: flow.file, hash: flow.hash },
    ...(environment && { environment: environment.name }),
    variables: Object.fromEntries(
      given.map(([name, value]) => [name, secretNames.has(name) ? { $secret: name } : value]),
    ),
    tags: input.tags,
  });
  run.source(flow.file, flow.text);
  if (environment) run.source(environment.file, environment.text);
  run.record({ type: 'RunStarted', seed: input.seed, constants: run.constants, plan: planOf(flow) });
};

const planOf = (flow: Flow): PlannedStep[] => [
  ...[...flow.setup, ...flow.steps].map((step) => planned(step, step.id)),
  ...flow.teardown.map((step) => planned(step, `teardown/${step.id}`)),
];

const planned = ({ id, title, phase, action, span }: Step, path: string): PlannedStep => ({
  path: path as StepPath,
  id,
  ...(title !== undefined && { title }),
  phase,
  action,
  span,
});

const NO_TEARDOWN = { status: 'none' } as const;

const runCourse = async (frame: Frame): Promise<PhasesOutcome> => {
  const problem = inputProblem(frame.flowRun.flow, frame.flowRun.names);
  if (problem) return { failure: unable(frame, problem), interruption: undefined, teardown: NO_TEARDOWN };
  try {
    return await runPhases(frame);
  } catch (error) {
    if (!(error instanceof StepProblem)) throw error;
    return { failure: unable(frame, error.error), interruption: undefined, teardown: NO_TEARDOWN };
  }
};

const unable = ({ flowRun }: Frame, error: NonNullable<Failure['error']>): Failure => ({
  path: flowRun.flow.name as StepPath,
  status: 'error',
  message: error.message,
  error,
  defect: true,
});

const outputsOf = (frame: Frame, { failure }: PhasesOutcome): ValueMap => {
  const { flowRun, memory, run } = frame;
  if (failure || flowRun.flow.outputs.length === 0) return Object.fromEntries(memory.captured);
  return declaredOutputs(flowRun.flow, new StepScope(frame, `${run.input.seed}/outputs`), memory);
};

const completion = (
  { verdict, reason, error }: Conclusion,
  { teardown }: PhasesOutcome,
  outputs: ValueMap,
  durationMs: number,
): RunEvent => ({
  type: 'RunCompleted',
  verdict,
  ...(reason !== undefined && { reason }),
  ...(error && { error }),
  teardown: { status: teardown.status },
  outputs,
  durationMs,
});

const masked = (conclusion: Conclusion, { masker }: Run): Conclusion => ({
  verdict: conclusion.verdict,
  ...(conclusion.reason !== undefined && { reason: masker.text(conclusion.reason) }),
  ...(conclusion.error && { error: { ...conclusion.error, message: masker.text(conclusion.error.message) } }),
});
