import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';

/** Why Docker did not do what a step asked for; becomes the step's error. */
export class DockerProblem extends Error {
  readonly code: string;
  readonly help: string | undefined;
  constructor(code: string, message: string, help?: string) {
    super(message);
    this.code = code;
    this.help = help;
  }
}

/** Refuses what the run's policy does not let it do with Docker. */
export const mayTouch = (
  { outbound }: ActionContext,
  wanted: { readonly beyondRun: boolean; readonly network?: string },
): void => {
  const refusal = outbound?.usingDocker(wanted);
  if (refusal !== undefined) throw new DockerProblem(refusal.code, refusal.reason, refusal.help);
};

/** The HTTP status the daemon answered with; undefined for an error that is not its answer. */
export const statusOf = (error: unknown): number | undefined => {
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
};

/** What the daemon said, without the client's own prefix. */
export const saidBy = (error: unknown): string => {
  const { json, message } = error as { json?: { message?: unknown } | null; message?: string };
  return typeof json?.message === 'string' ? json.message : String(message ?? error);
};

/** Runs the work of a step; a problem with Docker becomes its error, everything else is thrown on. */
export const carriedOut = async (work: () => Promise<ActionOutcome>): Promise<ActionOutcome> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DockerProblem)
      return {
        kind: 'not-carried-out',
        code: error.code,
        reason: error.message,
        ...(error.help && { help: error.help }),
      };
    if (statusOf(error) === undefined) throw error;
    return { kind: 'not-carried-out', code: 'TM4510', reason: `Docker refused: ${saidBy(error)}` };
  }
};
