import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { BundleStore } from '@testmesh/ports';
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

// In the order of their names, so that two who put the same ones never wait for each other.
const PUT_ALL = `insert into journal.blobs (hash, bytes)
  select hash, bytes from unnest($1::text[], $2::bytea[]) as given (hash, bytes)
  where not exists (select from journal.blobs as kept where kept.hash = given.hash and kept.used_at > now() - interval '1 hour')
  order by hash
  on conflict (hash) do update set used_at = now()`;

/** Bodies by content in PostgreSQL. */
export const postgresBlobs = (pool: Pool, { archive }: PostgresBlobsOptions = {}): BundleStore => ({
  put: async (bytes) => {
    const name = hash('sha256', bytes);
    await pool.query(PUT, [name, bufferOf(bytes)]);
    return name;
  },
  putAll: async (bodies) => {
    const names = bodies.map((bytes) => hash('sha256', bytes));
    const byName = new Map(names.map((name, at) => [name, bodies[at] as Uint8Array]));
    if (byName.size > 0) await pool.query(PUT_ALL, [[...byName.keys()], [...byName.values()].map(bufferOf)]);
    return names;
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

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
