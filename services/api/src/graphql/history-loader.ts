import { type RecordedEvent, stringifyJson } from '@testmesh/domain';
import DataLoader from 'dataloader';
import type { BatchReads, HistoryPage, HistorySize } from './batch-reads.ts';
import type { HistoryAllowance } from './history-allowance.ts';

/** A page of a run's events. */
export interface History {
  readonly events: readonly RecordedEvent[];
  readonly size: HistorySize;
}

/** So many events are parsed before others have their turn. */
const PORTION = 4000;

/** Histories of many runs: their sizes by one statement, then as many at once as make a portion. */
export const historyLoader = (
  reads: BatchReads,
  { workspace, page, allowance }: { workspace: string; page: HistoryPage; allowance: HistoryAllowance },
): DataLoader<string, History | undefined> =>
  new DataLoader(async (keys) => {
    const ids = [...new Set(keys)];
    const { known, archived } = await reads.sizes(workspace, ids, page);
    allowance.read(sumOf([...known.values()]));
    const found = new Map<string, History>();
    for (const portion of portionsOf(known)) {
      const read = await reads.histories(workspace, portion, page);
      for (const id of portion) found.set(id, { events: read.get(id) ?? [], size: known.get(id) ?? NONE });
      await allowance.turn();
    }
    for (const id of archived) {
      const events = await reads.archived(workspace, id, page);
      if (events === undefined) continue;
      const size = sizeOf(events);
      allowance.read(size);
      found.set(id, { events, size });
      await allowance.turn();
    }
    return keys.map((key) => found.get(key));
  });

const NONE: HistorySize = { events: 0, bytes: 0 };

const sumOf = (sizes: readonly HistorySize[]): HistorySize =>
  sizes.reduce((sum, { events, bytes }) => ({ events: sum.events + events, bytes: sum.bytes + bytes }), NONE);

const sizeOf = (events: readonly RecordedEvent[]): HistorySize => ({
  events: events.length,
  bytes: events.reduce((sum, { data }) => sum + stringifyJson(data).length, 0),
});

const portionsOf = (sizes: ReadonlyMap<string, HistorySize>): readonly (readonly string[])[] => {
  const portions: string[][] = [];
  let room = 0;
  for (const [id, { events }] of sizes) {
    if (events > room || portions.length === 0) {
      portions.push([]);
      room = PORTION;
    }
    portions.at(-1)?.push(id);
    room -= events;
  }
  return portions;
};
