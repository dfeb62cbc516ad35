import type { RunStatus, RunTrigger, Verdict } from '@testmesh/domain';
import type pg from 'pg';

const MOST_COUNTED = 10_000;

/** The set of views that lists of runs are read from. */
export const RUN_VIEWS = 'runs';

/** One line of a list of runs; times are microseconds since 1970. */
export interface RunViewRow {
  readonly runId: string;
  readonly workspace: string;
  readonly flowId: string | null;
  readonly flowName: string;
  readonly flowFile: string;
  readonly environment: string | null;
  readonly tags: readonly string[];
  readonly pool: string;
  readonly trigger: RunTrigger;
  readonly requestedBy: string;
  readonly status: RunStatus;
  readonly verdict: Verdict | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly executor: string | null;
  readonly requestedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number | null;
  readonly totalSteps: number;
  readonly passedSteps: number;
  readonly failedSteps: number;
  readonly ver: number;
}

export interface RunViewFilter {
  readonly flowId?: string;
  readonly status?: RunStatus;
  /** One of these. */
  readonly verdicts?: readonly Verdict[];
  readonly environment?: string;
  /** Carries this tag. */
  readonly tag?: string;
  readonly triggerKind?: RunTrigger['kind'];
  readonly errorCode?: string;
  /** Asked for at or after, and before: microseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Words sought in flow name, file, error, step names and their errors. */
  readonly text?: string;
}

/** Microseconds since 1970. */
interface StepTimeRow {
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

export interface RunViewPage {
  readonly rows: readonly RunViewRow[];
  /** How many match, counted up to `MOST_COUNTED`: counting a million rows takes longer than showing fifty. */
  readonly total: number;
  /** False when there are more than `total`. */
  readonly isTotalExact: boolean;
  readonly more: boolean;
}

export interface PostgresRunViews {
  readonly list: (
    workspace: string,
    filter: RunViewFilter,
    page: { readonly limit: number; readonly offset?: number; readonly after?: string },
  ) => Promise<RunViewPage>;
  /** Rows of some runs, by run id; a run that is not projected yet is absent. */
  readonly byRunIds: (workspace: string, runIds: readonly string[]) => Promise<ReadonlyMap<string, RunViewRow>>;
  /** The latest runs of each of these flows, by one statement. */
  readonly latestOfFlows: (
    workspace: string,
    flowIds: readonly string[],
    limit: number,
  ) => Promise<readonly RunViewRow[]>;
  /** When each step of a finished run began and ended, by its path; empty where the view was written before times were kept. */
  readonly stepTimes: (workspace: string, runId: string) => Promise<ReadonlyMap<string, StepTimeRow>>;
  /** The whole view of a finished run, as it was folded, and its sha256. */
  readonly stored: (
    workspace: string,
    runId: string,
  ) => Promise<{ readonly ver: number; readonly bytes: Uint8Array; readonly sha256: string } | undefined>;
  /** The same view as the JSON that it is: bytes would come as hexadecimal digits first. */
  readonly storedText: (workspace: string, runId: string) => Promise<string | undefined>;
  /** The steps of a finished run as its page lists them, JSON; undefined where the view was written before they were kept. */
  readonly outline: (workspace: string, runId: string) => Promise<string | undefined>;
}

/** Rows of the projector whose views are shown now: until a rebuild takes its place, the one that bears the view's name. */
export const SHOWN_RUNS = `projector = coalesce(
  (select projector from testmesh.serving_views where view = '${RUN_VIEWS}'), '${RUN_VIEWS}')`;

const COLUMNS = `run_id as "runId", workspace, flow_id as "flowId", flow_name as "flowName", file as "flowFile",
  environment, tags, pool, trigger_kind as "triggerKind", trigger_id as "triggerId", requested_by as "requestedBy",
  status, verdict, reason, error_code as "errorCode", executor, requested_at::float8 as "requestedAt",
  started_at::float8 as "startedAt", finished_at::float8 as "finishedAt", duration_ms as "durationMs",
  steps_total as "totalSteps", steps_passed as "passedSteps", steps_failed as "failedSteps", ver`;

interface Row extends Omit<RunViewRow, 'trigger'> {
  readonly triggerKind: RunTrigger['kind'];
  readonly triggerId: string | null;
}

const rowOf = ({ triggerKind, triggerId, ...row }: Row): RunViewRow => ({
  ...row,
  trigger: { kind: triggerKind, ...(triggerId !== null && { id: triggerId }) },
});

export const postgresRunViews = (pool: pg.Pool): PostgresRunViews => ({
  list: async (workspace, filter, { limit, offset = 0, after }) => {
    const { where, values } = conditions(workspace, filter);
    const place = values.length;
    const [page, count] = await Promise.all([
      // Run ids sort by the time they were made, so the order is that of an index.
      pool.query<Row>(
        `select ${COLUMNS} from testmesh.run_view where ${where}
         ${after === undefined ? '' : `and run_id < $${place + 3}`}
         order by run_id desc limit $${place + 1} offset $${place + 2}`,
        [...values, limit + 1, offset, ...(after === undefined ? [] : [after])],
      ),
      pool.query<{ total: number }>(
        `select count(*)::int as total from (select from testmesh.run_view where ${where} limit ${MOST_COUNTED + 1}) counted`,
        values,
      ),
    ]);
    const rows = page.rows.slice(0, limit).map(rowOf);
    const counted = count.rows[0]?.total ?? 0;
    const isTotalExact = counted <= MOST_COUNTED;
    return { rows, total: Math.min(counted, MOST_COUNTED), isTotalExact, more: page.rows.length > limit };
  },
  byRunIds: async (workspace, runIds) => {
    const sql = `select ${COLUMNS} from testmesh.run_view where ${SHOWN_RUNS} and workspace = $1 and run_id = any($2)`;
    const { rows } = await pool.query<Row>(sql, [workspace, runIds]);
    return new Map(rows.map((row) => [row.runId, rowOf(row)]));
  },
  latestOfFlows: async (workspace, flowIds, limit) => {
    const sql = `select l.* from unnest($2::text[]) o(id) cross join lateral (select ${COLUMNS} from testmesh.run_view
      where ${SHOWN_RUNS} and workspace = $1 and flow_id = o.id order by run_id desc limit $3) l`;
    return (await pool.query<Row>(sql, [workspace, flowIds, limit])).rows.map(rowOf);
  },
  stepTimes: async (workspace, runId) => {
    const { rows } = await pool.query<{ path: string; startedAt: number | null; finishedAt: number | null }>(
      `select path, started_at::float8 as "startedAt", finished_at::float8 as "finishedAt" from testmesh.step_view
       where ${SHOWN_RUNS} and stream = $1 and workspace = $2 and finished_at is not null`,
      [`run-${runId}`, workspace],
    );
    return new Map(rows.map(({ path, startedAt, finishedAt }) => [path, timeOf(startedAt, finishedAt)]));
  },
  stored: async (workspace, runId) => {
    const { rows } = await pool.query<{ ver: number; bytes: Buffer | null; sha256: string | null }>(
      `select ver, bytes, sha256 from testmesh.run_view where ${SHOWN_RUNS} and workspace = $1 and run_id = $2`,
      [workspace, runId],
    );
    const [row] = rows;
    if (row?.bytes == null || row.sha256 === null) return undefined;
    return { ver: row.ver, bytes: row.bytes, sha256: row.sha256 };
  },
  storedText: async (workspace, runId) => {
    const { rows } = await pool.query<{ text: string | null }>(
      `select convert_from(bytes, 'UTF8') as text from testmesh.run_view
       where ${SHOWN_RUNS} and workspace = $1 and run_id = $2`,
      [workspace, runId],
    );
    return rows[0]?.text ?? undefined;
  },
  outline: async (workspace, runId) => {
    const { rows } = await pool.query<{ outline: string | null }>(
      `select outline from testmesh.run_view where ${SHOWN_RUNS} and workspace = $1 and run_id = $2`,
      [workspace, runId],
    );
    return rows[0]?.outline ?? undefined;
  },
});

const timeOf = (startedAt: number | null, finishedAt: number | null): StepTimeRow => ({
  ...(startedAt !== null && { startedAt }),
  ...(finishedAt !== null && { finishedAt }),
});

const conditions = (workspace: string, filter: RunViewFilter) => {
  const { flowId, status, verdicts, environment, tag, triggerKind, errorCode, since, until, text } = filter;
  const values: unknown[] = [workspace];
  const parts = [SHOWN_RUNS, 'workspace = $1'];
  const add = (part: (place: string) => string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    parts.push(part(`$${values.length}`));
  };
  add((place) => `flow_id = ${place}`, flowId);
  add((place) => `status = ${place}`, status);
  add((place) => `verdict = any(${place})`, verdicts);
  add((place) => `environment = ${place}`, environment);
  add((place) => `${place} = any(tags)`, tag);
  add((place) => `trigger_kind = ${place}`, triggerKind);
  add((place) => `error_code = ${place}`, errorCode);
  add((place) => `requested_at >= ${place}`, since);
  add((place) => `requested_at < ${place}`, until);
  add((place) => `search @@ to_tsquery('simple', ${place})`, text === undefined ? undefined : prefixQuery(text));
  return { where: parts.join(' and '), values };
};

/** Every word, each as the beginning of one: `plac ord` finds `place_order`. */
const prefixQuery = (text: string): string =>
  (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `${word}:*`).join(' & ');
