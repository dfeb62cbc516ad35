import { hash } from 'node:crypto';
import type { BlobStore } from '@testmesh/ports';
import type { Pool } from 'pg';

/** Bodies by content in PostgreSQL. */
export const postgresBlobs = (pool: Pool): BlobStore => ({
  put: async (bytes) => {
    const name = hash('sha256', bytes);
    await pool.query('insert into journal.blobs (hash, bytes) values ($1, $2) on conflict do nothing', [
      name,
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ]);
    return name;
  },
  get: async (name) => {
    const { rows } = await pool.query<{ readonly bytes: Buffer }>('select bytes from journal.blobs where hash = $1', [
      name,
    ]);
    return rows[0]?.bytes;
  },
});
