import type pg from 'pg';
import type { EnvironmentStore } from './environments.ts';
import { ruleContext } from './git-trigger-rules.ts';
import { channelContext } from './notification-channels.ts';
import type { Sealer } from './sealing.ts';

/**
 * Seals with the current master key what another one sealed: environments, notification channels and rules of repositories; how many changed.
 * What runs were given is gone when they end, so a key may be taken away when no run is left that began before.
 */
export const reseal = async (
  pool: pg.Pool,
  environments: Pick<EnvironmentStore, 'reencrypt'>,
  sealer: Sealer,
): Promise<number> =>
  (await environments.reencrypt()) +
  (await resealRows(pool, sealer, { table: 'notification_channels', context: channelContext })) +
  (await resealRows(pool, sealer, { table: 'git_trigger_rules', context: ruleContext }));

interface SealedTable {
  readonly table: 'notification_channels' | 'git_trigger_rules';
  readonly context: (id: string) => string;
}

const resealRows = async (pool: pg.Pool, sealer: Sealer, { table, context }: SealedTable): Promise<number> => {
  const { rows } = await pool.query<{ id: string; sealed: string }>(
    `select id, sealed from testmesh.${table} order by id`,
  );
  let count = 0;
  for (const { id, sealed } of rows) {
    if (sealer.isCurrent(sealed)) continue;
    const anew = sealer.seal(sealer.open(sealed, context(id)), context(id));
    // Somebody who changes it meanwhile seals it with the current key by themselves.
    const sql = `update testmesh.${table} set sealed = $3 where id = $1 and sealed = $2`;
    count += (await pool.query(sql, [id, sealed, anew])).rowCount ?? 0;
  }
  return count;
};
