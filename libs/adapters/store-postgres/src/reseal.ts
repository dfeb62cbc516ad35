import type pg from 'pg';
import { type RowKeeping, resealDatasets } from './dataset-rows.ts';
import type { EnvironmentStore } from './environments.ts';
import { ruleContext } from './git-trigger-rules.ts';
import { channelContext } from './notification-channels.ts';
import { variablesContext, type WithVariables } from './sealed-variables.ts';
import type { Sealer } from './sealing.ts';

interface Resealing extends RowKeeping {
  readonly environments: Pick<EnvironmentStore, 'reencrypt'>;
}

/**
 * Seals with the current master key whatever another one sealed, and what an older version kept in clear; how many changed.
 * What runs were given is gone when they end, so a key may be taken away when no run is left that began before.
 */
export const reseal = async (pool: pg.Pool, { environments, ...keeping }: Resealing): Promise<number> => {
  let count = await environments.reencrypt();
  for (const column of COLUMNS) {
    await openOne(pool, keeping.sealer, column);
    count += await resealColumn(pool, keeping.sealer, column);
  }
  return count + (await resealDatasets(pool, keeping));
};

interface SealedColumn {
  readonly table: 'notification_channels' | WithVariables;
  readonly column: 'sealed' | 'sealed_variables';
  readonly context: (id: string) => string;
}

const variables = (table: WithVariables): SealedColumn => ({
  table,
  column: 'sealed_variables',
  context: (id) => variablesContext(table, id),
});

const COLUMNS: readonly SealedColumn[] = [
  { table: 'notification_channels', column: 'sealed', context: channelContext },
  { table: 'git_trigger_rules', column: 'sealed', context: ruleContext },
  variables('git_trigger_rules'),
  variables('schedules'),
  variables('suite_runs'),
  variables('dataset_runs'),
];

/** Another key may have the same id: a server that starts with it could read nothing later. One row tells. */
const openOne = async (pool: pg.Pool, sealer: Sealer, { table, column, context }: SealedColumn): Promise<void> => {
  const sql = `select id, ${column} as sealed from testmesh.${table} where split_part(${column}, '.', 2) = $1 limit 1`;
  const { rows } = await pool.query<{ id: string; sealed: string }>(sql, [sealer.current]);
  for (const { id, sealed } of rows) sealer.open(sealed, context(id));
};

interface OldRow {
  readonly id: string;
  readonly sealed: string | null;
  /** As it was kept before it was sealed. */
  readonly clear: string | null;
}

const AT_ONCE = 500;
/** Variables in clear; those of a row without any stay as they are. */
const CLEAR = `case when sealed_variables is not null or variables::text <> '{}' then variables::text end`;

const resealColumn = async (
  pool: pg.Pool,
  sealer: Sealer,
  { table, column, context }: SealedColumn,
): Promise<number> => {
  const hasClear = column === 'sealed_variables';
  const clear = hasClear ? CLEAR : 'null::text';
  const old = `select id, ${column} as sealed, ${clear} as clear from testmesh.${table}
    where split_part(${column}, '.', 2) <> $1 or ${clear} is not null limit ${AT_ONCE}`;
  // Somebody who changes it meanwhile seals it with the current key by themselves.
  const write = `update testmesh.${table} set ${column} = $2${hasClear ? ', variables = null' : ''}
    where id = $1 and ${column} is not distinct from $3 and ${clear} is not distinct from $4`;
  let count = 0;
  const next = async () => (await pool.query<OldRow>(old, [sealer.current])).rows;
  for (let rows = await next(); rows.length > 0; rows = await next()) {
    for (const row of rows) {
      const secret = row.clear ?? sealer.open(row.sealed ?? '', context(row.id));
      const anew = sealer.seal(secret, context(row.id));
      count += (await pool.query(write, [row.id, anew, row.sealed, row.clear])).rowCount ?? 0;
    }
  }
  return count;
};
