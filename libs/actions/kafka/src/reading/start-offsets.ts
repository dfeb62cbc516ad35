// Where reading begins. Invariants:
// S1. A partition that was not there when the run began starts at 0: all it holds is newer.
// S2. A message is newer than the run's start when its offset is not below the recorded one.
// S3. Offsets travel as text: they are 64 bits wide.
import type { Value } from '@testmesh/domain';
import type { Offsets } from '../client/broker-client.ts';

/** Offsets as they are recorded: `{"0": "17"}`; `{}` for a topic that does not exist yet. */
export const recordable = (offsets: Offsets): Record<string, string> =>
  Object.fromEntries([...offsets].map(([partition, offset]) => [String(partition), String(offset)]));

export const recorded = (positions: Value): Offsets =>
  new Map(
    Object.entries(positions as Record<string, string>).map(([partition, offset]) => [
      Number(partition),
      BigInt(offset),
    ]),
  );

export interface Starts {
  /** The end of each partition when the run began. */
  readonly runStart: Offsets;
  /** What the group has committed; only with `commit`. */
  readonly committed?: Offsets;
  /** The oldest offset that is still kept; only with `from_beginning`. */
  readonly oldest?: Offsets;
}

/** Where each partition is read from: the group's place, else the beginning when asked for, else the run's start. */
export const readFrom = (partitions: Iterable<number>, { runStart, committed, oldest }: Starts): Map<number, bigint> =>
  new Map(
    [...partitions].map((partition) => [
      partition,
      committed?.get(partition) ?? oldest?.get(partition) ?? runStart.get(partition) ?? 0n,
    ]),
  );

export const isNewer = (runStart: Offsets, partition: number, offset: bigint): boolean =>
  offset >= (runStart.get(partition) ?? 0n);
