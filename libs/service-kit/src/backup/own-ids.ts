import pg from 'pg';

const FOREIGN =
  'select exists (select from journal.events where xid >= pg_snapshot_xmax(pg_current_snapshot())) as found';

/**
 * Refuses a journal with transaction ids that this server has not reached, as pg_dump brings them from another one: readers
 * would wait for them for ever, and never see what is written after them.
 */
export const refuseForeignIds = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ found: boolean }>(FOREIGN);
    if (rows[0]?.found !== true) return;
    throw new Error(
      'the journal comes from another server by pg_dump: its transaction ids are not this server’s, and its events would be ' +
        'seen by nobody. Restore a backup of TestMesh instead: docs/backup.md',
    );
  } finally {
    await client.end();
  }
};
