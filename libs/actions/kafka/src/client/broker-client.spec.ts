import { expect, test } from '@jest/globals';
import type { FetchedPartition, RawRecord } from 'kafkajs/src/cluster/index.js';
import { readable } from './broker-client.ts';

const record = (offset: number, more: Partial<RawRecord & { producerId: string }> = {}): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: null,
  value: null,
  headers: {},
  isControlRecord: false,
  ...more,
});
const partition = (messages: RawRecord[], more: Partial<FetchedPartition> = {}): FetchedPartition => ({
  partition: 3,
  highWatermark: '100',
  lastStableOffset: '90',
  abortedTransactions: [],
  messages,
  ...more,
});

test('records before the offset asked for are left out: a batch begins where it begins', () => {
  const read = readable(partition([record(4), record(5), record(6)]), 5n);
  expect(read.records.map(({ offset }) => offset)).toEqual(['5', '6']);
  expect(read).toMatchObject({ partition: 3, next: 7n, end: 90n });
});

test('B3: control records are not shown, and reading goes on behind them', () => {
  expect(readable(partition([record(5), record(6, { isControlRecord: true })]), 5n)).toMatchObject({
    records: [{ offset: '5' }],
    next: 7n,
  });
});

test('with nothing new, reading stays where it is', () => {
  expect(readable(partition([]), 5n)).toMatchObject({ records: [], next: 5n });
});
