import type { AskedTestEnvironment, Placement } from '@testmesh/contracts';
import type { ConfigEventType, RetryPolicy, ValueMap } from '@testmesh/domain';
import type { AuditedStore, Caller, Transaction } from './audited-store.ts';
import { type Changed, changed, refused } from './changed.ts';
import { placementColumns, placementValues } from './placement.ts';
import {
  containing,
  type Listed,
  listRows,
  lockRow,
  only,
  type Page,
  type Queryable,
  type Seen,
  uuid,
} from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';
import { missingTarget } from './schedule-targets.ts';
import { type Sealed, type VariablesOf, variableColumns, variablesOf } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';

export type ScheduleStatus = 'active' | 'paused' | 'disabled';

/** A dataset that a schedule goes over, as it is when a slot fires. */
export interface ScheduleDataset {
  readonly id: string;
  /** Column → variable. */
  readonly mapping: Readonly<Record<string, string>>;
  /** Rows that go at once. */
  readonly atOnce: number;
  readonly stopOnFailure: boolean;
}

/** The dataset of the schedule under an alias. */
export const datasetColumn = (schedule = ''): string => {
  const of = (name: string): string => `${schedule}dataset_${name}`;
  return `case when ${of('id')} is not null then json_build_object('id', ${of('id')}, 'mapping', ${of('mapping')},
    'atOnce', ${of('at_once')}, 'stopOnFailure', ${of('stop_on_failure')}) end as dataset`;
};

export interface ScheduleContent extends Partial<Placement> {
  readonly name: string;
  readonly description: string;
  /** One of the two is what it runs. */
  readonly flowId: string | null;
  readonly suiteId: string | null;
  /** The flow is run once per row of it. */
  readonly dataset?: ScheduleDataset | null;
  readonly cron: string;
  readonly timezone: string;
  /** By name, looked up when it fires. */
  readonly environment: string | null;
  readonly variables: ValueMap;
  /** Variables that were credentials when they were given: never shown again. */
  readonly secretNames?: readonly string[];
  /** Of its runs' test environment, over what the flows say. */
  readonly testEnvironment?: AskedTestEnvironment | null;
  readonly status: ScheduleStatus;
  /** Told when it begins to fail, and when it recovers unless that is not wanted. */
  readonly notifyOnFailure: boolean;
  readonly notifyOnRecovery: boolean;
  readonly notifyOnSuccess: boolean;
  readonly notifyEmails: readonly string[];
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  /** Verdicts that are tried again. */
  readonly retryOn: RetryPolicy['on'];
  /** What happens when the run before still goes on. */
  readonly overlap: 'allow' | 'skip' | 'queue' | 'cancel-previous';
  /** What happens to slots that passed while nobody watched. */
  readonly misfire: 'none' | 'last' | 'all';
  readonly tags: readonly string[];
  /** Its next slot; null while it is not active. */
  readonly nextRunAt: Date | null;
}

export interface Schedule extends ScheduleContent {
  readonly pool: string;
  readonly priority: number;
  readonly secretNames: readonly string[];
  readonly id: string;
  readonly workspace: string;
  readonly createdBy: string;
  readonly lastRunAt: Date | null;
  readonly lastRunId: string | null;
  readonly lastRunResult: 'success' | 'failure' | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ScheduleQuery extends Page {
  readonly status?: string;
  readonly flowId?: string;
  readonly search?: string;
}

export interface ScheduleEdit {
  readonly id: string;
  readonly seen?: Seen | undefined;
}

export interface ScheduleStore {
  readonly list: (workspace: string, query: ScheduleQuery) => Promise<Listed<Schedule>>;
  readonly get: (workspace: string, id: string) => Promise<Schedule | undefined>;
  readonly create: (caller: Caller, content: ScheduleContent, id?: string) => Promise<Changed<Schedule>>;
  readonly update: (caller: Caller, edit: ScheduleEdit, content: ScheduleContent) => Promise<Changed<Schedule>>;
  readonly remove: (caller: Caller, edit: ScheduleEdit) => Promise<Changed<undefined>>;
}

const SCHEDULE_COLUMNS = `s.id, s.workspace_id as workspace, s.name, s.description, s.flow_id as "flowId",
  s.suite_id as "suiteId", ${datasetColumn('s.')}, s.cron_expr as cron, s.timezone, s.environment, ${variableColumns('s.')},
  s.secret_names as "secretNames", s.test_environment as "testEnvironment", ${placementColumns('s.')}, s.status,
  s.notify_on_failure as "notifyOnFailure", s.notify_on_recovery as "notifyOnRecovery", s.notify_on_success as "notifyOnSuccess",
  s.notify_emails as "notifyEmails", s.max_retries as "maxRetries", s.retry_delay_ms as "retryDelayMs",
  s.retry_on as "retryOn", s.overlap, s.misfire, s.tags,
  case when s.status = 'active' then s.next_run_at end as "nextRunAt", s.created_by as "createdBy", s.version,
  s.created_at as "createdAt", s.updated_at as "updatedAt",
  l.run_id as "lastRunId", l.scheduled_at as "lastRunAt",
  case when l.verdict is not null then case when l.verdict = 'passed' then 'success' else 'failure' end end
    as "lastRunResult"`;
const SCHEDULES = `from testmesh.schedules s
  left join lateral (select case when r.state <> 'ended' or v.stream is not null or w.id is not null or d.id is not null
        then coalesce(r.run_id, r.suite_run_id::text, r.dataset_run_id::text) end as run_id, r.scheduled_at,
      coalesce(r.verdict, case when v.status = 'finished' then v.verdict end) as verdict
    from testmesh.schedule_runs r
    left join testmesh.run_view v on v.${SHOWN_RUNS} and v.stream = 'run-' || r.run_id
    left join testmesh.suite_runs w on w.id = r.suite_run_id
    left join testmesh.dataset_runs d on d.id = r.dataset_run_id
    where r.schedule_id = s.id and coalesce(r.run_id, r.suite_run_id::text, r.dataset_run_id::text) is not null
    order by r.scheduled_at desc, r.retry_count desc limit 1) l on true`;

export const postgresSchedules = (store: AuditedStore, sealer: Sealer): ScheduleStore => {
  const variables = variablesOf(sealer, 'schedules');
  return {
    list: async (workspace, { status, flowId, search, ...page }) => {
      const { items, total } = await listRows<Sealed<Schedule>>(
        store.pool,
        {
          columns: SCHEDULE_COLUMNS,
          source: `${SCHEDULES} where s.workspace_id = $1 and ($2::text is null or s.status = $2)
          and ($3::text is null or s.flow_id::text = lower($3)) and ($4::text is null or s.name ilike $4)`,
          order: 's.name, s.id',
          values: [uuid(workspace), status ?? null, flowId ?? null, search === undefined ? null : containing(search)],
        },
        page,
      );
      return { items: items.map(variables.open), total };
    },
    get: (workspace, id) => find({ client: store.pool, variables }, workspace, id),
    create: (caller, content, id = crypto.randomUUID()) =>
      store.change(
        caller,
        async ({ client, record }) => {
          const missing = await missingTarget(client, caller.workspace, content);
          if (missing !== undefined) return refused(...missing);
          await client.query(
            `insert into testmesh.schedules (workspace_id, created_by, id, ${WRITTEN.join(', ')})
           values ($1, $2, $3, ${WRITTEN.map((_, at) => `$${at + 4}`).join(', ')})`,
            [uuid(caller.workspace), caller.actor, id, ...valuesOf(content, variables.seal(id, content.variables))],
          );
          return told({ client, record, variables }, caller.workspace, { id, event: 'ScheduleCreated' });
        },
        { schedules_pkey: 'AlreadyMade' },
      ),
    update: (caller, { id, seen }, content) =>
      store.change(caller, async ({ client, record }) => {
        // The environment before its schedules, as whoever renames it locks them.
        const missing = await missingTarget(client, caller.workspace, content);
        const found = await lockRow(client, 'schedules', { workspace: caller.workspace, id, seen });
        if (!found.ok) return found;
        if (missing !== undefined) return refused(...missing);
        await client.query(
          `update testmesh.schedules set ${WRITTEN.map((name, at) => `${name} = $${at + 2}`).join(', ')},
           version = version + 1, updated_at = now() where id = $1`,
          [id, ...valuesOf(content, variables.seal(id, content.variables))],
        );
        return told({ client, record, variables }, caller.workspace, { id, event: 'ScheduleUpdated' });
      }),
    remove: (caller, { id, seen }) =>
      store.change(caller, async ({ client, record }) => {
        const found = await lockRow(client, 'schedules', { workspace: caller.workspace, id, seen });
        if (!found.ok) return found;
        const { rows } = await client.query<{ name: string }>(
          'delete from testmesh.schedules where id = $1 returning name',
          [id],
        );
        record('ScheduleDeleted', { id, name: only(rows).name, version: found.value.version });
        return changed(undefined);
      }),
  };
};

const WRITTEN = [
  'name',
  'description',
  'flow_id',
  'suite_id',
  'dataset_id',
  'dataset_mapping',
  'dataset_at_once',
  'dataset_stop_on_failure',
  'cron_expr',
  'timezone',
  'environment',
  'variables',
  'sealed_variables',
  'secret_names',
  'test_environment',
  'pool',
  'priority',
  'status',
  'notify_on_failure',
  'notify_on_recovery',
  'notify_on_success',
  'notify_emails',
  'max_retries',
  'retry_delay_ms',
  'retry_on',
  'overlap',
  'misfire',
  'tags',
  'next_run_at',
];

const valuesOf = (content: ScheduleContent, [sealed, clear]: ReturnType<VariablesOf['seal']>): readonly unknown[] => [
  content.name,
  content.description,
  content.flowId,
  content.suiteId,
  ...datasetValues(content.dataset ?? null),
  content.cron,
  content.timezone,
  content.environment,
  clear,
  sealed,
  content.secretNames ?? [],
  content.testEnvironment == null ? null : JSON.stringify(content.testEnvironment),
  ...placementValues(content),
  content.status,
  content.notifyOnFailure,
  content.notifyOnRecovery,
  content.notifyOnSuccess,
  content.notifyEmails,
  content.maxRetries,
  content.retryDelayMs,
  content.retryOn,
  content.overlap,
  content.misfire,
  content.tags,
  content.nextRunAt,
];

/** Where there is none the columns have what they have by default. */
const datasetValues = (dataset: ScheduleDataset | null): readonly unknown[] => {
  const { id, mapping, atOnce, stopOnFailure } = dataset ?? { id: null, mapping: {}, atOnce: 5, stopOnFailure: false };
  return [id, JSON.stringify(mapping), atOnce, stopOnFailure];
};

interface Reading {
  readonly client: Queryable;
  readonly variables: VariablesOf;
}

const find = async ({ client, variables }: Reading, workspace: string, id: string): Promise<Schedule | undefined> => {
  const sql = `select ${SCHEDULE_COLUMNS} ${SCHEDULES} where s.workspace_id = $1 and s.id = $2`;
  const [row] = (await client.query<Sealed<Schedule>>(sql, [uuid(workspace), uuid(id)])).rows;
  return row && variables.open(row);
};

const told = async (
  { client, record, variables }: Transaction & Reading,
  workspace: string,
  { id, event }: { readonly id: string; readonly event: ConfigEventType },
): Promise<Changed<Schedule>> => {
  const schedule = await find({ client, variables }, workspace, id);
  if (schedule === undefined) throw new Error(`the schedule ${id} is gone within its own transaction`);
  record(event, summary(schedule));
  return changed(schedule);
};

const summary = ({ id, name, version, cron, timezone, status, flowId, suiteId, environment }: Schedule): ValueMap => ({
  id,
  name,
  version,
  cron,
  timezone,
  status,
  flow_id: flowId,
  suite_id: suiteId,
  environment,
});
