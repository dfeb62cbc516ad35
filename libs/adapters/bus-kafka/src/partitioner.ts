import kafkajs, { type ICustomPartitioner } from 'kafkajs';

const MOST_KEPT = 10_000;

/** Kafka's own choice by key. kafkajs works it out in 64-bit arithmetic of its own for every message; here once for a stream. */
export const partitionerByStream: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const known = new Map<string, number>();
  let partitions = 0;
  return (asked) => {
    if (asked.partitionMetadata.length !== partitions || known.size >= MOST_KEPT) known.clear();
    partitions = asked.partitionMetadata.length;
    const key = String(asked.message.key);
    const partition = known.get(key) ?? choose(asked);
    known.set(key, partition);
    return partition;
  };
};
