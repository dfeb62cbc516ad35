import type { ActionContext, Expectations } from '@testmesh/action-kit';
import { type StepPath, stepSpanId, type Value, type ValueMap } from '@testmesh/domain';
import type { Frame } from '../frame.ts';
import type { StepScope } from '../names/step-scope.ts';
import { besideFile } from '../paths.ts';
import type { EnginePorts } from '../ports.ts';

export interface ContextParts {
  readonly frame: Frame;
  readonly path: StepPath;
  readonly attempt: number;
  readonly scope: StepScope;
  readonly signal: AbortSignal;
  readonly expectations: Expectations;
  readonly routingHeaders: Readonly<Record<string, string>>;
}

/** What an action sees of the run. */
export const actionContext = (parts: ContextParts): ActionContext => {
  const { frame, path, attempt, scope, signal, expectations, routingHeaders } = parts;
  const { run, flowRun, branch } = frame;
  return {
    runId: run.input.runId,
    flowName: flowRun.flow.name,
    stepPath: path,
    attempt,
    runStartedAt: run.startedAt,
    signal,
    clock: run.ports.clock,
    get random() {
      return scope.random();
    },
    expectations,
    traceparent: `00-${run.traceId}-${stepSpanId(run.traceId, path, attempt)}-01`,
    routingHeaders,
    outbound: run.ports.outbound,
    log: (message: string, fields?: ValueMap) =>
      run.ports.log(run.masker.text(message), fields && run.masker.value(fields)),
    secret: (text: string) => run.masker.addSecret(text),
    readFile: (file: string) => run.ports.readFile(besideFile(flowRun.flow.file, file)),
    ...(run.ports.writeFile && { writeFile: writerFor(run.ports.writeFile, flowRun.flow.file) }),
    use: (resource, open, close) => run.resources.use(resource, { path, branch }, open, close),
    release: (kind, key) => run.resources.release(kind, key, branch),
    positions: <T extends Value>(resource: string, take: () => Promise<T>) => run.positions(resource, take),
  };
};

const writerFor =
  (writeFile: NonNullable<EnginePorts['writeFile']>, flowFile: string): NonNullable<ActionContext['writeFile']> =>
  (file, bytes) =>
    writeFile(besideFile(flowFile, file), bytes);
