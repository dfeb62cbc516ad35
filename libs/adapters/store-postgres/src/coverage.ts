import type { ViewChange, ViewTarget } from '@testmesh/ports';
import type pg from 'pg';
import { containing, type Listed, only, type Page, type Statement } from './rows.ts';
import { SHOWN_RUNS } from './run-views.ts';
import { keyText } from './view-columns.ts';

// K1. Of a flow and a target the last run is kept, by its id, which begins with the time it was made: a rebuild keeps the same.
// K2. It is written in the transaction that shows the run.

/** A flow that touched a target, and the last run in which it did. */
export interface CoveringFlow {
  /** Null for one that was brought along. */
  readonly flowId: string | null;
  readonly flowName: string;
  readonly action: string;
  readonly lastRunId: string;
  readonly lastVerdict: string;
  /** Microseconds since 1970. */
  readonly lastAt: number;
}

interface CoveredTarget extends Omit<ViewTarget, 'action'> {
  readonly flows: readonly CoveringFlow[];
}

interface CoverageFilter extends Page {
  readonly kind?: ViewTarget['kind'] | undefined;
  readonly system?: string | undefined;
  readonly flowId?: string | undefined;
  /** Anywhere in the target's name. */
  readonly search?: string | undefined;
}

/** What the flows of a workspace touch. */
export interface CoverageStore {
  readonly targets: (workspace: string, filter: CoverageFilter) => Promise<Listed<CoveredTarget>>;
}

// A flow that was deleted covers nothing any more.
const COVERED = `from testmesh.coverage_view c
  where c.${SHOWN_RUNS} and c.workspace = $1 and ($2::text is null or kind = $2) and ($3::text is null or system = $3)
    and ($4::text is null or flow_id = $4) and ($5::text is null or name ilike $5)
    and (flow_id is null or flow_id in (
      select f.id::text from testmesh.flows f where f.workspace_id::text = $1 and f.deleted_at is null))
  group by kind, system, name`;

const FLOWS = `json_agg(json_build_object('flowId', flow_id, 'flowName', flow_name, 'action', action,
  'lastRunId', last_run_id, 'lastVerdict', last_verdict, 'lastAt', last_at) order by flow_name, flow, action) as flows`;

export const postgresCoverage = (pool: pg.Pool): CoverageStore => ({
  targets: async (workspace, { kind, system, flowId, search, limit, offset }) => {
    const sought = search === undefined ? null : containing(search);
    const values = [workspace, kind ?? null, system ?? null, flowId ?? null, sought];
    const [page, count] = await Promise.all([
      pool.query<CoveredTarget>(
        `select kind, system, name, ${FLOWS} ${COVERED} order by kind, system, name limit $6 offset $7`,
        [...values, limit, offset],
      ),
      pool.query<{ total: number }>(`select count(*)::int as total from (select 1 ${COVERED}) targets`, values),
    ]);
    return { items: page.rows, total: only(count.rows).total };
  },
});

const KEEP = `insert into testmesh.coverage_view as c
    (projector, workspace, flow, flow_id, flow_name, kind, system, name, action, last_run_id, last_verdict, last_at)
  select distinct on (r.workspace, r.kind, r.system, r.name, 3, r.action)
    $1, r.workspace, coalesce(r.flow_id, r.flow_name), r.flow_id, r.flow_name, r.kind, r.system, r.name, r.action,
    r.run_id, r.verdict, r.finished_at
  from json_to_recordset($2) as r(workspace text, flow_id text, flow_name text, kind text, system text, name text,
    action text, run_id text, verdict text, finished_at bigint)
  order by r.workspace, r.kind, r.system, r.name, 3, r.action, r.run_id desc
  on conflict (projector, workspace, kind, system, name, flow, action) do update
    set flow_name = excluded.flow_name, last_run_id = excluded.last_run_id, last_verdict = excluded.last_verdict,
      last_at = excluded.last_at
    where c.last_run_id < excluded.last_run_id`;

/** Keeps what the runs of these changes touched that have ended. */
export const keepCoverage = (projector: string, changes: readonly ViewChange[]): readonly Statement[] => {
  const rows = changes.flatMap(({ columns, targets = [] }) => {
    const { workspace, flow_id, flow_name, run_id, verdict, finished_at } = columns;
    const run = {
      workspace,
      flow_id: keyText(flow_id),
      flow_name: keyText(flow_name),
      run_id,
      verdict,
      finished_at,
    };
    return targets.map(({ kind, system, name, action }) => {
      const told = { system: keyText(system), name: keyText(name), action: keyText(action) };
      return { ...run, kind, ...told };
    });
  });
  return rows.length === 0 ? [] : [{ sql: KEEP, values: [projector, JSON.stringify(rows)] }];
};
