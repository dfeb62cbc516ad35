import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { BlobStore } from '@testmesh/ports';
import type { Pool } from 'pg';
import { blobFile } from './sweep.ts';

export interface PostgresBlobsOptions {
  /** Where bodies lie that nothing in the database needs any more. */
  readonly archive?: string;
}

// A body that is put again is in use again; within the hour that goes without writing.
const PUT = `insert into journal.blobs (hash, bytes)
  select $1, $2 where not exists (select from journal.blobs where hash = $1 and used_at > now() - interval '1 hour')
  on conflict (hash) do update set used_at = now()`;

/** Bodies by content in PostgreSQL. */
export const postgresBlobs = (pool: Pool, { archive }: PostgresBlobsOptions = {}): BlobStore => ({
  put: async (bytes) => {
    const name = hash('sha256', bytes);
    await pool.query(PUT, [name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
    return name;
  },
  get: async (name) => {
    const { rows } = await pool.query<{ readonly bytes: Buffer }>('select bytes from journal.blobs where hash = $1', [
      name,
    ]);
    const [row] = rows;
    if (row !== undefined || archive === undefined || !/^[0-9a-f]{64}$/.test(name)) return row?.bytes;
    return readFile(blobFile(archive, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  },
});
