import { Problem } from '@testmesh/contracts';
import type { RunQueue } from '@testmesh/ports';
import {
  type PostgresRunViews,
  partKey,
  type RunViewRow,
  type SuiteRun,
  type SuiteRunMember,
  type SuiteRunStore,
} from '@testmesh/store-postgres';
import type { EnvironmentNames } from './confirmed-environment.ts';
import type { SecretNames } from './given-secrets.ts';
import type { RunStored } from './request-stored-run.ts';
import { takeDue } from './take-due.ts';

// How a suite's run goes on. It has no owner: whoever looks at it moves it on, and moving it on twice is harmless.
// P1. A part is asked for under a key of its own, so that two who ask for it get the same run.
// P2. Parts of a lower order are done first; within an order a part that is not parallel waits for all before it,
//     and whatever follows it waits for it.
// P3. A part that cannot be asked for has failed; the others go on.
// P4. A part that was given up while it was asked for is cancelled by whoever asked for it.

export interface SuiteDeps {
  readonly suiteRuns: SuiteRunStore;
  readonly runViews: Pick<PostgresRunViews, 'byRunIds'>;
  readonly run: RunStored;
  readonly secretNames: SecretNames;
  readonly environments: EnvironmentNames;
  readonly cancelRun: RunQueue['cancel'];
}

export const MEMBER_STATUSES = ['waiting', 'pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

export interface MemberOutcome {
  readonly status: MemberStatus;
  readonly error: string | null;
}

/** Whether a part has come to its end. */
export const isDone = ({ status }: Pick<MemberOutcome, 'status'>): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

/** The parts whose turn it is, by their place in the list. */
export const startable = (
  members: readonly Pick<SuiteRunMember, 'position' | 'parallel'>[],
  outcomes: readonly Pick<MemberOutcome, 'status'>[],
): readonly number[] => {
  const isDoneAt = (at: number): boolean => isDone(outcomes[at] ?? { status: 'waiting' });
  return members.flatMap((member, at) => {
    if (outcomes[at]?.status !== 'waiting') return [];
    const isHeldBack = members.slice(0, at).some((before, place) => {
      const mayRunBeside = before.position === member.position && before.parallel && member.parallel;
      return !mayRunBeside && !isDoneAt(place);
    });
    return isHeldBack ? [] : [at];
  });
};

export const outcomesOf = async (
  { runViews }: Pick<SuiteDeps, 'runViews'>,
  run: SuiteRun,
): Promise<readonly MemberOutcome[]> => {
  const rows = await runViews.byRunIds(
    run.workspace,
    run.members.flatMap(({ runId }) => runId ?? []),
  );
  return run.members.map((member) => outcomeOf(member, rows.get(member.runId ?? '')));
};

type RunRow = Pick<RunViewRow, 'status' | 'verdict' | 'reason'>;

const outcomeOf = ({ runId, error, verdict }: SuiteRunMember, row: RunRow | undefined): MemberOutcome => {
  if (error !== null) return { status: verdict === 'cancelled' ? 'cancelled' : 'failed', error };
  if (runId === null) return { status: 'waiting', error: null };
  const ended = verdict ?? (row?.status === 'finished' ? row.verdict : null);
  if (ended === 'passed') return { status: 'completed', error: null };
  if (ended !== null) return { status: ended === 'cancelled' ? 'cancelled' : 'failed', error: row?.reason ?? null };
  if (row?.status === 'running') return { status: 'running', error: null };
  return { status: 'pending', error: row?.reason ?? null };
};

/** Asks for the parts whose turn it is; the run as it stands then. */
export const moveOn = async (deps: SuiteDeps, run: SuiteRun): Promise<SuiteRun> => {
  const due = startable(run.members, await outcomesOf(deps, run));
  for (const at of due) {
    const member = run.members[at];
    if (member !== undefined) await askFor(deps, run, member);
  }
  return due.length === 0 ? run : ((await deps.suiteRuns.get(run.workspace, run.suiteId, run.id)) ?? run);
};

const askFor = async (deps: SuiteDeps, run: SuiteRun, member: SuiteRunMember): Promise<void> => {
  const asked = await ask(deps, run, member);
  const isOurs = await deps.suiteRuns.asked(run.id, member.flowId, asked);
  if (!isOurs && 'runId' in asked) await deps.cancelRun(asked.runId, run.requestedBy);
};

const ask = async ({ run: request }: SuiteDeps, run: SuiteRun, { flowId }: SuiteRunMember) => {
  const caller = { workspace: run.workspace, actor: run.requestedBy };
  const trigger = { kind: 'suite', id: run.id } as const;
  const origin = { caller, trigger, idempotencyKey: partKey(run.id, flowId) };
  const { environment, confirmedEnvironment, variables, secretNames, testEnvironment = null, pool, priority } = run;
  try {
    return await request(
      { flowId, environment, confirmedEnvironment, variables, secretNames, testEnvironment, pool, priority },
      origin,
    );
  } catch (cause) {
    if (cause instanceof Problem) return { error: cause.message };
    throw cause;
  }
};

/** Moves on every run of a suite with parts whose turn has come, however many wait for theirs; how many went on. */
export const moveSuitesOn = (deps: SuiteDeps, atOnce = 50): Promise<number> =>
  takeDue(
    (but) => deps.suiteRuns.due(atOnce, but),
    async ({ workspace, suiteId, id }) => {
      const run = await deps.suiteRuns.get(workspace, suiteId, id);
      return run !== undefined && (await moveOn(deps, run)) !== run;
    },
  );
