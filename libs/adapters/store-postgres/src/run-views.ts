import type { RunStatus, RunTrigger, Verdict } from '@testmesh/domain';
import type pg from 'pg';
import { type Coding, unpacked } from './packed-views.ts';
import { searchedWords } from './run-search.ts';

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
  /** The whole view of a finished run, as it was folded, and its sha256. */
  readonly stored: (
    workspace: string,
    runId: string,
  ) => Promise<{ readonly ver: number; readonly bytes: Uint8Array; readonly sha256: string } | undefined>;
  /** The same view as the JSON that it is; throws where somebody put something else there. */
  readonly storedJson: (workspace: string, runId: string) => Promise<Buffer | undefined>;
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
    const words = filter.text === undefined ? undefined : await searchedWords(pool, filter.text);
    const { where, values } = conditions(workspace, filter, words);
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
  stored: async (workspace, runId) => {
    const row = await storedRow(pool, workspace, runId);
    if (row?.bytes == null || row.sha256 === null) return undefined;
    // What somebody put there is compared as it lies.
    const bytes = await unpacked(row.bytes, row.coding).catch(() => row.bytes as Buffer);
    return { ver: row.ver, bytes, sha256: row.sha256 };
  },
  storedJson: async (workspace, runId) => {
    const row = await storedRow(pool, workspace, runId);
    return row?.bytes == null ? undefined : unpacked(row.bytes, row.coding);
  },
  outline: async (workspace, runId) => {
    const { rows } = await pool.query<{ outline: string | null }>(
      `select outline from testmesh.run_view where ${SHOWN_RUNS} and workspace = $1 and run_id = $2`,
      [workspace, runId],
    );
    return rows[0]?.outline ?? undefined;
  },
});

interface StoredRow {
  readonly ver: number;
  readonly bytes: Buffer | null;
  readonly coding: Coding;
  readonly sha256: string | null;
}

const storedRow = async (pool: pg.Pool, workspace: string, runId: string): Promise<StoredRow | undefined> => {
  const sql = `select ver, bytes, coding, sha256 from testmesh.run_view
    where ${SHOWN_RUNS} and workspace = $1 and run_id = $2`;
  return (await pool.query<StoredRow>(sql, [workspace, runId])).rows[0];
};

const conditions = (workspace: string, filter: RunViewFilter, words: readonly string[] | undefined) => {
  const { flowId, status, verdicts, environment, tag, triggerKind, errorCode, since, until } = filter;
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
  if (words !== undefined) {
    const [rarest = '', ...others] = words;
    add((place) => `search @@ to_tsquery('simple', ${place})`, rarest);
    // Said like this it is no condition for an index.
    if (others.length > 0) add((place) => `(search @@ to_tsquery('simple', ${place})) is true`, others.join(' & '));
  }
  return { where: parts.join(' and '), values };
};
