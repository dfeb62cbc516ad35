import { type HealthEvent, type HealthState, healthDecider, type Verdict } from '@testmesh/domain';
import type { NotificationEvent } from '@testmesh/ports';
import { notify } from './notify.ts';
import { type Queryable, uuid } from './rows.ts';

export interface Subject {
  readonly kind: 'schedule' | 'suite' | 'flow';
  readonly id: string;
}

/** How one run of something came out. */
export interface Outcome {
  readonly workspace: string;
  readonly subject: Subject;
  /** '' for none. */
  readonly environment: string;
  readonly runId: string;
  readonly verdict: Verdict;
  readonly reason: string | null;
  /** ms since 1970. */
  readonly endedAt: number;
  /** Of a schedule that came to no run: which slot could not be run, ms since 1970. */
  readonly slot?: number;
  /** It was set aside before: what was reported since it ended is newer. */
  readonly isLate?: boolean;
}

/** Keeps how a subject is doing, and tells people when that changed; in the transaction of `client`. */
export const reportOutcome = async (client: Queryable, outcome: Outcome): Promise<void> => {
  const { runId: run, verdict, endedAt } = outcome;
  const state = await lockHealth(client, outcome);
  if (state === undefined) return;
  if (outcome.isLate === true && state.status !== 'unknown' && (await isOutdated(client, outcome))) return;
  const decision = healthDecider.decide({ type: 'ReportOutcome', run, verdict, now: endedAt }, state);
  if (!decision.ok) return;
  await keepHealth(client, outcome, decision.events.reduce(healthDecider.evolve, state));
  for (const event of decision.events) {
    const told = TOLD[event.type];
    if (told !== undefined) await notify(client, outcome, { event: told, failures: failuresOf(event) });
  }
};

const TOLD: Readonly<Record<HealthEvent['type'], NotificationEvent | undefined>> = {
  BeganToFail: 'failing',
  StillFailed: undefined,
  Recovered: 'recovered',
  Passed: 'passed',
};

const failuresOf = (event: HealthEvent): number => (event.type === 'Recovered' ? event.failures : 1);

interface HealthRow {
  readonly status: HealthState['status'];
  /** ms since 1970. */
  readonly since: number | null;
  readonly failures: number;
  readonly lastRun: string | null;
}

const keyOf = ({ workspace, subject, environment }: Outcome): readonly unknown[] => [
  uuid(workspace),
  subject.kind,
  uuid(subject.id),
  environment,
];

const KEY = 'workspace_id = $1 and subject_kind = $2 and subject_id = $3 and environment = $4';

/** Undefined for a workspace that is gone. */
const lockHealth = async (client: Queryable, outcome: Outcome): Promise<HealthState | undefined> => {
  await client.query(
    `insert into testmesh.health (workspace_id, subject_kind, subject_id, environment, status)
     select id, $2, $3, $4, 'unknown' from testmesh.workspaces where id = $1 on conflict do nothing`,
    [...keyOf(outcome)],
  );
  const { rows } = await client.query<HealthRow>(
    `select status, (extract(epoch from failing_since) * 1000)::float8 as since, failures, last_run as "lastRun"
     from testmesh.health where ${KEY} for update`,
    [...keyOf(outcome)],
  );
  const [row] = rows;
  return row && stateOf(row);
};

const isOutdated = async (client: Queryable, outcome: Outcome): Promise<boolean> => {
  const sql = `select from testmesh.health where ${KEY} and updated_at > to_timestamp($5::float8 / 1000)`;
  return (await client.query(sql, [...keyOf(outcome), outcome.endedAt])).rowCount === 1;
};

const stateOf = ({ status, since, failures, lastRun }: HealthRow): HealthState => {
  if (status === 'unknown') return { status };
  const known = lastRun ?? '';
  return status === 'passing' ? { status, lastRun: known } : { status, lastRun: known, since: since ?? 0, failures };
};

const keepHealth = async (client: Queryable, outcome: Outcome, state: HealthState): Promise<void> => {
  const isFailing = state.status === 'failing';
  await client.query(
    `update testmesh.health set status = $5, failing_since = to_timestamp($6::float8 / 1000), failures = $7,
       last_run = $8, updated_at = now() where ${KEY}`,
    [
      ...keyOf(outcome),
      state.status,
      isFailing ? state.since : null,
      isFailing ? state.failures : 0,
      state.status === 'unknown' ? null : state.lastRun,
    ],
  );
};
