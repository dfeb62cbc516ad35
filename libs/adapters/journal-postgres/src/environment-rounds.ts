// What several processes do again and again: a row that one of them is changing is passed over by the others.
import { leaseEnded, type TestEnvironmentCommand } from '@testmesh/domain';
import { decideOn, type EnvironmentRow, lockRows, type Moment } from './test-environment-row.ts';

const LEASE_OVER = `where e.status = 'running' and e.lease_until < $1
  order by e.lease_until limit $2 for update of h, e skip locked`;

export const reapEnvironments = (moment: Moment, limit: number): Promise<readonly string[]> =>
  decideAll(moment, LEASE_OVER, limit, ({ state }) => {
    const run = state.status === 'running' ? state.run : '';
    return { type: 'ReleaseTestEnvironment', run, epoch: state.epoch, reason: leaseEnded, now: moment.now };
  });

const TIME_OVER = `where e.expires_at < $1 order by e.expires_at limit $2 for update of h, e skip locked`;

export const sweepEnvironments = (moment: Moment, limit: number): Promise<readonly string[]> =>
  decideAll(moment, TIME_OVER, limit, () => ({ type: 'ExpireTestEnvironment', now: moment.now }));

/** The ids of those to which it happened. */
const decideAll = async (
  { client, now }: Moment,
  condition: string,
  limit: number,
  commandFor: (row: EnvironmentRow) => TestEnvironmentCommand,
): Promise<readonly string[]> => {
  const ids: string[] = [];
  const rows = await lockRows(client, condition, [now, limit]);
  // Audits are locked in this order by everybody: two sweeps cannot wait for each other.
  for (const row of rows.toSorted((a, b) => (a.workspace < b.workspace ? -1 : 1))) {
    if ((await decideOn(client, row, commandFor(row))) === undefined) ids.push(row.id);
  }
  return ids;
};
