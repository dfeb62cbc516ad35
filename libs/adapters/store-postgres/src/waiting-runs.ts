import { type Queryable, uuid } from './rows.ts';

// Runs of suites and over datasets have parts that are asked for later: what these need is not deleted under them.

/** What somebody wants to delete. */
type Needed = { readonly flowId: string } | { readonly datasetId: string } | { readonly environmentId: string };

const MOST_NAMES = 20;
const WAITING = `select 'run ' || r.id || ' of the suite ' || s.name as name
    from testmesh.suite_runs r join testmesh.suites s on s.id = r.suite_id
    where r.ended_at is null and exists (
      select from testmesh.suite_run_members m where m.suite_run_id = r.id and m.run_id is null and m.error is null
        and (m.flow_id = $1 or (r.workspace_id, r.environment) = (select workspace_id, name from testmesh.environments where id = $3)))
  union all select 'run ' || r.id || ' over the dataset ' || d.name
    from testmesh.dataset_runs r join testmesh.datasets d on d.id = r.dataset_id
    where r.ended_at is null and (r.flow_id = $1 or r.dataset_id = $2
        or (r.workspace_id, r.environment) = (select workspace_id, name from testmesh.environments where id = $3))
      and exists (select from testmesh.dataset_run_rows m
        where m.dataset_run_id = r.id and not m.asked and m.verdict is null and m.error is null)
  order by name limit ${MOST_NAMES}`;

/** Runs with parts still to be asked for that need it, as people know them. */
export const runsWaitingFor = async (client: Queryable, needed: Needed): Promise<readonly string[]> => {
  const { flowId, datasetId, environmentId } = { flowId: null, datasetId: null, environmentId: null, ...needed };
  const ids = [flowId, datasetId, environmentId].map((id) => id && uuid(id));
  return (await client.query<{ name: string }>(WAITING, ids)).rows.map(({ name }) => name);
};
