import type { ValueMap } from '@testmesh/domain';
import type { Transaction } from './audited-store.ts';
import { type Queryable, uuid } from './rows.ts';

// Whoever names an environment by its name. Each of them locks it before what names it, so that none waits for another in a ring.

interface Renaming {
  readonly workspace: string;
  readonly from: string;
  readonly to: string;
}

/** Schedules and runs that still have parts to ask for name it: they go on in the environment under its new name. */
export const renameAlong = async (
  { client, record }: Transaction,
  { workspace, from, to }: Renaming,
): Promise<void> => {
  const sql = `update testmesh.schedules set environment = $3, version = version + 1, updated_at = now()
    where workspace_id = $1 and environment = $2 returning id, name, version, environment`;
  const { rows } = await client.query<ValueMap>(sql, [uuid(workspace), from, to]);
  for (const schedule of rows) record('ScheduleUpdated', schedule);
  for (const table of ['suite_runs', 'dataset_runs']) {
    await client.query(
      `update testmesh.${table} set environment = $3,
         confirmed_environment = case when confirmed_environment is not null then $3 end
       where workspace_id = $1 and environment = $2 and ended_at is null`,
      [uuid(workspace), from, to],
    );
  }
};

/** The names of the schedules that run in an environment, and of the rules of repositories that do. */
export const schedulesIn = async (client: Queryable, id: string): Promise<readonly string[]> => {
  const sql = `select s.name from testmesh.schedules s join testmesh.environments e
      on e.workspace_id = s.workspace_id and e.name = s.environment
    where e.id = $1
    union select name from testmesh.git_trigger_rules where environment_id = $1
    order by name`;
  return (await client.query<{ name: string }>(sql, [id])).rows.map(({ name }) => name);
};
