import { canonicalJson, type Envelope, type Value } from '@testmesh/domain';
import type { AppendResult, JournalBatch } from '@testmesh/ports';
import type { ClientBase, Pool } from 'pg';

/** A pool, or a client inside somebody's transaction. */
export type Queryable = Pick<Pool | ClientBase, 'query'>;

interface AppendRow {
  readonly outcome: AppendResult['outcome'];
  readonly ver: number | null;
  readonly epoch: number | null;
}

const APPEND = `select * from journal.append_many(
  $1::text[], $2::int[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[], $9::bytea)`;

/** Appends within the transaction `database` is in, if it is in one. */
export const appendBatches = async (
  database: Queryable,
  batches: readonly JournalBatch[],
): Promise<readonly AppendResult[]> => {
  if (batches.length === 0) return [];
  const { rows } = await database.query<AppendRow>(APPEND, [
    batches.map(({ stream }) => stream),
    batches.map(({ expectedVer }) => expectedVer),
    batches.map(({ epoch }) => epoch),
    batches.map(({ events }) => events.length),
    batches.map(({ events }) => events[0]?.workspace ?? ''),
    ...eventColumns(batches.flatMap(({ events }) => events)),
  ]);
  return rows.map(resultOf);
};

/** Ids, types, lengths and bodies as the SQL functions take them: one binary parameter for all bodies costs no quoting. */
export const eventColumns = (events: readonly Envelope[]): readonly [string[], string[], number[], Buffer] => {
  // One by one: a single character beyond latin1 in one of them makes the bytes of them all take three times as long.
  const bodies = events.map((event) => Buffer.from(canonicalJson(event as unknown as Value)));
  return [
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    bodies.map(({ length }) => length),
    Buffer.concat(bodies),
  ];
};

const resultOf = ({ outcome, ver, epoch }: AppendRow): AppendResult => {
  switch (outcome) {
    case 'fenced':
      return { outcome, epoch: epoch ?? 0 };
    case 'terminal':
      return { outcome };
    default:
      return { outcome, ver: ver ?? 0 };
  }
};
