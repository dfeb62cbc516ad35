import { parseJson, type ValueMap } from '@testmesh/domain';
import type { BlobStore } from '@testmesh/ports';
import type pg from 'pg';
import { inTransaction, type Queryable, uuid } from './rows.ts';
import type { Sealer } from './sealing.ts';

// The rows of datasets. Test data has passwords of test accounts in it: rows are kept sealed, and are opened for whoever reads or
// runs them. An older version kept them among the bodies of runs, in clear.

/** What opens rows. */
export interface RowKeeping {
  readonly sealer: Sealer;
  readonly blobs: Pick<BlobStore, 'get'>;
}

const contextOf = (id: string, version: number): string => `datasets/${id.toLowerCase()}/${version}/rows`;

export const sealedRows = (sealer: Sealer, { id, version }: RowsOf, json: string): string =>
  sealer.seal(json, contextOf(id, version));

interface RowsOf {
  readonly id: string;
  readonly version: number;
}

interface KeptRows {
  readonly sealed: string | null;
  readonly blob: string | null;
}

const ROWS = `select v.sealed_rows as sealed, v.blob from testmesh.dataset_versions v
    join testmesh.datasets d on d.id = v.dataset_id
  where d.workspace_id = $1 and d.id = $2 and v.version = $3 and d.deleted_at is null`;

/** The rows of a version; undefined where there is none. */
export const rowsOf = async (
  db: Queryable,
  keeping: RowKeeping,
  { workspace, id, version }: RowsOf & { readonly workspace: string },
): Promise<readonly ValueMap[] | undefined> => {
  const [kept] = (await db.query<KeptRows>(ROWS, [uuid(workspace), uuid(id), version])).rows;
  return kept && (parseJson(await jsonOf(keeping, { id, version }, kept)) as readonly ValueMap[]);
};

const jsonOf = async ({ sealer, blobs }: RowKeeping, { id, version }: RowsOf, { sealed, blob }: KeptRows) => {
  if (sealed !== null) return sealer.open(sealed, contextOf(id, version));
  const bytes = await blobs.get(blob ?? '');
  if (bytes === undefined) throw new Error(`the rows of a dataset (${blob}) are not in the blob store`);
  return new TextDecoder().decode(bytes);
};

const NEXT = `select dataset_id as id, version, sealed_rows as sealed, blob, created_at as "createdAt"
  from testmesh.dataset_versions
  where sealed_rows is null or split_part(sealed_rows, '.', 2) <> $1 order by dataset_id, version limit 1`;
const SEAL = `update testmesh.dataset_versions set sealed_rows = $3, blob = null
  where dataset_id = $1 and version = $2 and sealed_rows is not distinct from $4 and blob is not distinct from $5`;
// Bodies are kept by their content: one that was used since then is a run's, too, and goes when that run does.
const FORGET = `delete from journal.blobs b where b.hash = $1 and b.used_at < $2::timestamptz + interval '1 minute'
  and not exists (select from testmesh.dataset_versions where blob = b.hash)
  and not exists (select from testmesh.flows, json_each_text(files) f where f.value = b.hash)
  and not exists (select from testmesh.flow_versions, json_each_text(files) f where f.value = b.hash)`;

/** Seals with the current key the rows that were kept in clear or under another key; how many versions changed. */
export const resealDatasets = async (pool: pg.Pool, keeping: RowKeeping): Promise<number> => {
  let count = 0;
  type Next = RowsOf & KeptRows & { readonly createdAt: Date };
  const next = async () => (await pool.query<Next>(NEXT, [keeping.sealer.current])).rows[0];
  for (let row = await next(); row !== undefined; row = await next()) {
    const { id, version, sealed, blob, createdAt } = row;
    const anew = sealedRows(keeping.sealer, row, await jsonOf(keeping, row, row));
    count += await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(SEAL, [id, version, anew, sealed, blob]);
      if (blob !== null) await client.query(FORGET, [blob, createdAt]);
      return rowCount ?? 0;
    });
  }
  return count;
};
