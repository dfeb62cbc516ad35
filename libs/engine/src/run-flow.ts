import type { PlannedStep, RunEvent, StepError, StepPath, ValueMap } from '@testmesh/domain';
import type { Flow, Step } from '@testmesh/flow';
import { declaredOutputs } from './control/run-flow-step.ts';
import { runSequence } from './control/sequence.ts';
import { enterEnvironment, unknownService } from './enter-environment.ts';
import { FlowRun } from './flow-run.ts';
import type { Frame } from './frame.ts';
import { Interruption, interruptionOf } from './interruption.ts';
import { flowNames, inputProblem, secretNamesOf } from './names/flow-names.ts';
import { Memory } from './names/memory.ts';
import { StepScope } from './names/step-scope.ts';
import { Past } from './past/past.ts';
import { type PhasesOutcome, runPhases } from './phases.ts';
import type { EnginePorts, RunInput, RunOutcome } from './ports.ts';
import { type Failure, Run } from './run.ts';
import { maskEvent } from './secrets/mask-event.ts';
import { toMicroseconds } from './step/complete.ts';
import { StepProblem } from './step/settings.ts';
import { type Conclusion, conclude } from './verdict.ts';

type RunCompleted = Extract<RunEvent, { readonly type: 'RunCompleted' }>;
type RunRestarted = Extract<RunEvent, { readonly type: 'RunRestarted' }>;

// One run, from RunRequested to RunCompleted. Invariants:
// E110. The last fact is RunCompleted, after everything the run opened is closed, and it is durable before runFlow answers.
// E111. A run that cannot begin (a missing input) is an error and sends nothing.
// E112. The engine reads no clock, randomness or file but through its ports: equal inputs and answers give equal facts.

/** Runs a flow to its end, from where its history stops; rejects only when its facts could not be recorded or the engine itself is broken. */
export const runFlow = async (input: RunInput, ports: EnginePorts): Promise<RunOutcome> => {
  const history = [...(input.history ?? [])];
  for (;;) {
    const past = new Past(history);
    if (past.finished) return outcomeOf(past.finished);
    const ended = await runOnce(new Run(input, ports, past));
    if (ended.type === 'RunCompleted') return outcomeOf(ended);
    history.push(ended);
  }
};

const outcomeOf = ({ verdict, reason, error, outputs }: RunCompleted): RunOutcome => ({
  verdict,
  ...(reason !== undefined && { reason }),
  ...(error && { error }),
  outputs,
});

/** Carries a run on until it is completed or has to begin anew. */
const runOnce = async (run: Run): Promise<RunCompleted | RunRestarted> => {
  const { ports } = run;
  // That of owners before counts; where clocks disagree, no time is taken away.
  const before = run.past.started ? Math.max(0, ports.clock.now() - run.startedAt) : 0;
  const begun = ports.clock.monotonic() - before;
  const unfollow = [
    follow(ports.signal, run.control, () => cancelled(ports.signal)),
    follow(ports.force, run.force, () => new Interruption('forced', 'teardown was given up')),
  ];
  try {
    let frame = rootFrame(run);
    announce(run, frame.flowRun);
    const course = await inEnvironment(frame, (inside) => {
      frame = inside;
      return runCourse(inside);
    });
    await run.resources.closeAll();
    const last = await lastFact(frame, course, begun);
    run.record(last);
    await run.durable();
    run.assertRecorded();
    return maskEvent(last, run.masker) as typeof last;
  } finally {
    for (const stop of unfollow) stop();
    await run.resources.closeAll();
  }
};

const lastFact = async (frame: Frame, course: PhasesOutcome, begun: number): Promise<RunCompleted | RunRestarted> => {
  const { run, flowRun } = frame;
  if (course.interruption?.kind === 'executor-lost' && flowRun.flow.restartable) {
    return { type: 'RunRestarted', reason: course.interruption.message };
  }
  const outputs = outputsOf(frame, course);
  const conclusion = conclude({ ...course, checks: run.checks, excused: run.excused });
  await run.recordSources();
  return completion(conclusion, course, outputs, toMicroseconds(run.ports.clock.monotonic() - begun));
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

/** Ends a run at once that somebody cancelled, or that needs what died with its executor. */
const stopIfOver = (run: Run): void => {
  const { past, control } = run;
  const by = past.cancelledBy;
  const why = past.stoppedStep ?? (by === undefined ? undefined : `the run was cancelled by ${by}`);
  if (why !== undefined) control.abort(new Interruption('cancelled', why));
  run.isCut = past.stoppedStep !== undefined;
  const held = past.held().map(({ kind, key, path }) => `${kind} ${key} (opened by ${path})`);
  if (held.length > 0) control.abort(new Interruption('executor-lost', `executor lost: it held ${held.join(', ')}`));
};

const rootFrame = (run: Run): Frame => {
  const { environment } = run;
  const { flow, osVariables, flowEnvFileVariables, envFileVariables, variables, secretNames } = run.input;
  const { credentialNames: credentials = [] } = run.input;
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
  run.learnCredentials(names, new Map(credentials.map((name) => [name, [[]]])));
  const flowRun = new FlowRun(run, flow, names, secrets, [flow.file]);
  run.kept.relearn();
  stopIfOver(run);
  return {
    run,
    runSteps: runSequence,
    flowRun,
    memory: new Memory(),
    phase: 'setup',
    cleaning: false,
    prefix: '',
    signal: run.control.signal,
    branch: '',
  };
};

const announce = (run: Run, { flow, environment, secretNames, credentials }: FlowRun): void => {
  const { input, past } = run;
  run.source(flow.file, flow.text);
  if (environment) run.source(environment.file, environment.text);
  if (!past.requested) {
    const apart = new Set([...secretNames, ...credentials.keys(), ...(input.credentialNames ?? [])]);
    run.record(requestOf(input, apart));
  }
  if (!past.started) {
    run.record({ type: 'RunStarted', seed: input.seed, constants: run.constants, plan: planOf(flow) });
  }
};

/** Which variables are named only: marked ones, and those that credentials are made of. */
const requestOf = ({ flow, environment, ...input }: RunInput, apart: ReadonlySet<string>): RunEvent => {
  const given = [...input.envFileVariables, ...input.variables];
  return {
    type: 'RunRequested',
    flow: { name: flow.name, file: flow.file, hash: flow.hash },
    ...(environment && { environment: environment.name }),
    variables: Object.fromEntries(given.map(([name, value]) => [name, apart.has(name) ? { $secret: name } : value])),
    tags: input.tags,
  };
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

/** Runs in the test environment that the run wants, where it wants one. */
const inEnvironment = async (frame: Frame, go: (inside: Frame) => Promise<PhasesOutcome>): Promise<PhasesOutcome> => {
  const { run } = frame;
  const before = run.environment;
  const stopped = (error: StepError): PhasesOutcome => {
    const interruption = frame.signal.aborted ? interruptionOf(frame.signal) : undefined;
    return { failure: unable(frame, error), interruption, teardown: NO_TEARDOWN };
  };
  const problem = await orProblem(() => enterEnvironment(frame));
  if (problem) return stopped(problem);
  if (run.environment === before) return go(frame);
  const inside = rootFrame(run);
  const unknown = unknownService(inside);
  return unknown ? stopped(unknown) : go(inside);
};

const orProblem = async (work: () => Promise<StepError | undefined>): Promise<StepError | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StepProblem) return error.error;
    throw error;
  }
};

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
): RunCompleted => ({
  type: 'RunCompleted',
  verdict,
  ...(reason !== undefined && { reason }),
  ...(error && { error }),
  teardown: { status: teardown.status },
  outputs,
  durationMs,
});
