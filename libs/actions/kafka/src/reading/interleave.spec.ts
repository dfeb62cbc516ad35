import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';
import { interleave } from './interleave.ts';

const record = (offset: number, timestamp: number): RawRecord => ({
  offset: String(offset),
  timestamp: String(timestamp),
  key: null,
  value: null,
  headers: {},
  isControlRecord: false,
});

test('partitions are merged by time', () => {
  const merged = interleave([
    { partition: 0, records: [record(0, 10), record(1, 30)] },
    { partition: 1, records: [record(0, 20), record(1, 40)] },
  ]);
  expect(merged.map(({ partition, record: { offset } }) => `${partition}@${offset}`)).toEqual([
    '0@0',
    '1@0',
    '0@1',
    '1@1',
  ]);
});

test('no record is lost, and the order within a partition is kept whatever its timestamps say', () => {
  const partitions = fc.array(fc.array(fc.nat(50), { maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(partitions, (times) => {
      const fetched = times.map((stamps, partition) => ({ partition, records: stamps.map((at, i) => record(i, at)) }));
      const merged = interleave(fetched);
      for (const { partition, records } of fetched)
        expect(merged.filter((placed) => placed.partition === partition).map((placed) => placed.record)).toEqual(
          records,
        );
      expect(merged.length).toBe(times.flat().length);
    }),
  );
});
