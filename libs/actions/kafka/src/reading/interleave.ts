import type { RawRecord } from 'kafkajs/src/cluster/index.js';

export interface Placed {
  readonly partition: number;
  readonly record: RawRecord;
}

/** Records of several partitions by time; the order within each partition is kept whatever its timestamps say. */
export const interleave = (
  fetched: readonly { readonly partition: number; readonly records: readonly RawRecord[] }[],
): readonly Placed[] => {
  const queues = fetched
    .filter(({ records }) => records.length > 0)
    .map(({ partition, records }) => ({ partition, records, at: 0 }));
  const total = queues.reduce((sum, { records }) => sum + records.length, 0);
  return Array.from({ length: total }, () => {
    const heads = queues.filter(({ at, records }) => at < records.length);
    const next = heads.reduce((first, queue) => (timeOf(queue) < timeOf(first) ? queue : first));
    const record = next.records[next.at] as RawRecord;
    next.at += 1;
    return { partition: next.partition, record };
  });
};

const timeOf = ({ records, at }: { records: readonly RawRecord[]; at: number }): number =>
  Number(records[at]?.timestamp);
