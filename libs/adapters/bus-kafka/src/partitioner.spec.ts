import { expect, test } from '@jest/globals';
import kafkajs, { type PartitionerArgs } from 'kafkajs';
import { partitionerByStream } from './partitioner.ts';

const asked = (key: string, partitions: number): PartitionerArgs => ({
  topic: 't',
  message: { key, value: null },
  partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  })),
});

test('a stream gets the partition that every Kafka client gives it, also again, and after partitions were added', () => {
  const ours = partitionerByStream();
  const theirs = kafkajs.Partitioners.DefaultPartitioner();
  for (const partitions of [3, 3, 24]) {
    for (let stream = 0; stream < 200; stream += 1) {
      expect(ours(asked(`run-${stream}`, partitions))).toBe(theirs(asked(`run-${stream}`, partitions)));
    }
  }
});
