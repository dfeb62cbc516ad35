import type pg from 'pg';
import type { EnvironmentStore } from './environments.ts';
import { channelContext } from './notification-channels.ts';
import type { Sealer } from './sealing.ts';

/**
 * Seals with the current master key what another one sealed: environments and notification channels; how many changed.
 * What runs were given is gone when they end, so a key may be taken away when no run is left that began before.
 */
export const reseal = async (
  pool: pg.Pool,
  environments: Pick<EnvironmentStore, 'reencrypt'>,
  sealer: Sealer,
): Promise<number> => (await environments.reencrypt()) + (await resealChannels(pool, sealer));

const resealChannels = async (pool: pg.Pool, sealer: Sealer): Promise<number> => {
  const { rows } = await pool.query<{ id: string; sealed: string }>(
    'select id, sealed from testmesh.notification_channels order by id',
  );
  let count = 0;
  for (const { id, sealed } of rows) {
    if (sealer.isCurrent(sealed)) continue;
    const anew = sealer.seal(sealer.open(sealed, channelContext(id)), channelContext(id));
    // Somebody who changes it meanwhile seals it with the current key by themselves.
    const sql = 'update testmesh.notification_channels set sealed = $3 where id = $1 and sealed = $2';
    count += (await pool.query(sql, [id, sealed, anew])).rowCount ?? 0;
  }
  return count;
};
