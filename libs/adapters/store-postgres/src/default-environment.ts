import { type Queryable, uuid } from './rows.ts';

// One environment of a workspace is its default. Who makes another one the default waits for whoever is about it, before a row
// is locked: two at once would each have the other's in their way, and neither said what it had seen.

/** To be asked for before anything else of the transaction. */
export const holdDefault = async (client: Queryable, workspace: string): Promise<void> => {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('default environment ' || $1::uuid, 0))`, [
    uuid(workspace),
  ]);
};

/** For who holds the default. */
export const clearDefault = async (client: Queryable, workspace: string): Promise<void> => {
  await client.query(
    `update testmesh.environments set is_default = false, version = version + 1, updated_at = now()
     where workspace_id = $1 and is_default`,
    [uuid(workspace)],
  );
};
