// Reads topics without joining a consumer group. Invariants:
// B1. Asking about a topic never creates it.
// B2. Nothing is committed unless `commit` is called.
// B3. Only committed messages are seen: aborted transactions and control records are left out.
import type { ActionContext } from '@testmesh/action-kit';
import Cluster, { type Broker, type FetchedPartition, type RawRecord } from 'kafkajs/src/cluster/index.js';
import filterAbortedMessages from 'kafkajs/src/consumer/filterAbortedMessages.js';
import loggers from 'kafkajs/src/loggers/index.js';
import type { Connection } from '../config.ts';
import { closeWithin } from './closing.ts';
import { kafkaErrorType } from './failure.ts';
import { connected, joined } from './opening.ts';
import { type ClientSettings, clientSettings, connectionKey } from './settings.ts';

const READ_COMMITTED = 1;
const LATEST = -1;
const EARLIEST = -2;
const FETCH_BYTES = 8 * 1024 * 1024;
const PARTITION_BYTES = 1024 * 1024;

/** Partition number → broker that leads it. */
export type Leaders = ReadonlyMap<number, number>;
/** Partition number → offset. */
export type Offsets = ReadonlyMap<number, bigint>;

export interface FetchedRecords {
  readonly partition: number;
  readonly records: readonly RawRecord[];
  /** Where to go on. */
  readonly next: bigint;
  /** The first offset that cannot be read yet. */
  readonly end: bigint;
}

export interface BrokerClient {
  /** The partitions of a topic; undefined when there is no such topic. */
  readonly leaders: (topic: string) => Promise<Leaders | undefined>;
  readonly endOffsets: (topic: string, leaders: Leaders) => Promise<Offsets>;
  readonly startOffsets: (topic: string, leaders: Leaders) => Promise<Offsets>;
  /** What stands at these offsets; waits up to `waitMs` when there is nothing yet. */
  readonly fetch: (
    topic: string,
    leaders: Leaders,
    from: Offsets,
    waitMs: number,
  ) => Promise<readonly FetchedRecords[]>;
  /** What a group has committed; a partition without a commit is absent. */
  readonly committed: (group: string, topic: string, partitions: readonly number[]) => Promise<Offsets>;
  /** Commits for a group without members; the broker refuses while the group has some. */
  readonly commit: (group: string, topic: string, offsets: Offsets) => Promise<void>;
  /** Connects again after the connection was lost. */
  readonly reconnect: () => Promise<void>;
}

/** The run's client for these brokers; a parallel branch has its own, so that one long wait does not hold up another. */
export const brokerClient = async (
  connection: Connection,
  context: ActionContext,
  signal: AbortSignal,
): Promise<BrokerClient> => {
  const settings = await clientSettings(connection, context);
  const opened = await joined(signal, () =>
    context.use(
      { kind: 'kafka', key: connectionKey(connection, context.runId), scope: 'branch' },
      () => openCluster(settings, signal),
      ({ cluster, cut }) => closeWithin(() => cluster.disconnect(), cut),
    ),
  );
  return clientOf(opened.cluster);
};

const openCluster = async (settings: ClientSettings, signal: AbortSignal) => {
  const { config, cut } = settings;
  const { brokers, ssl, sasl, clientId, connectionTimeout, requestTimeout, retry, socketFactory } = config;
  const cluster = new Cluster({
    logger: loggers.createLogger({ level: loggers.LEVELS.NOTHING, logCreator: config.logCreator }),
    socketFactory,
    brokers,
    ssl,
    sasl,
    clientId,
    connectionTimeout,
    requestTimeout,
    enforceRequestTimeout: true,
    metadataMaxAge: 300_000,
    retry,
    allowAutoTopicCreation: false,
    isolationLevel: READ_COMMITTED,
  });
  const connect = () => cluster.connect();
  const disconnect = () => cluster.disconnect();
  await connected({ connect, disconnect, settings, signal });
  return { cluster, cut };
};

const clientOf = (cluster: Cluster): BrokerClient => ({
  leaders: (topic) => leadersOf(cluster, topic),
  endOffsets: (topic, leaders) => listOffsets(cluster, { topic, leaders, timestamp: LATEST }),
  startOffsets: (topic, leaders) => listOffsets(cluster, { topic, leaders, timestamp: EARLIEST }),
  fetch: async (topic, leaders, from, waitMs) => {
    const fetched = await eachLeader(cluster, leaders, [...from.keys()], async (broker, partitions) => {
      const wanted = partitions.map((partition) => ({
        partition,
        fetchOffset: String(from.get(partition) ?? 0n),
        maxBytes: PARTITION_BYTES,
      }));
      const { responses } = await broker.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: FETCH_BYTES,
        topics: [{ topic, partitions: wanted }],
      });
      return responses.flatMap(({ partitions: found }) => found);
    });
    return fetched.map((partition) => readable(partition, from.get(partition.partition) ?? 0n));
  },
  committed: async (group, topic, partitions) => {
    const broker = await cluster.findGroupCoordinator({ groupId: group });
    const wanted = partitions.map((partition) => ({ partition }));
    const { responses } = await broker.offsetFetch({ groupId: group, topics: [{ topic, partitions: wanted }] });
    const found = responses.flatMap((response) => response.partitions);
    return new Map(found.flatMap(({ partition, offset }) => (offset === '-1' ? [] : [[partition, BigInt(offset)]])));
  },
  commit: async (group, topic, offsets) => {
    const broker = await cluster.findGroupCoordinator({ groupId: group });
    const partitions = [...offsets].map(([partition, offset]) => ({
      partition,
      offset: String(offset),
      metadata: null,
    }));
    await broker.offsetCommit({ groupId: group, groupGenerationId: -1, memberId: '', topics: [{ topic, partitions }] });
  },
  reconnect: () => cluster.connect(),
});

/** What of a fetched partition a reader may see, and where it goes on. */
export const readable = (
  { partition, messages, abortedTransactions, lastStableOffset }: FetchedPartition,
  from: bigint,
): FetchedRecords => {
  // A batch begins at its own first offset, which may lie before the one asked for.
  const within = messages.filter(({ offset }) => BigInt(offset) >= from);
  const records = filterAbortedMessages({ messages: within, abortedTransactions }).filter(
    ({ isControlRecord }) => !isControlRecord,
  );
  const last = within.at(-1);
  return { partition, records, next: last ? BigInt(last.offset) + 1n : from, end: BigInt(lastStableOffset) };
};

const leadersOf = async (cluster: Cluster, topic: string): Promise<Leaders | undefined> => {
  try {
    const broker = await cluster.brokerPool.findConnectedBroker();
    const { topicMetadata } = await broker.metadata([topic]);
    const partitions = topicMetadata.find((found) => found.topic === topic)?.partitionMetadata ?? [];
    const known = new Set(cluster.getNodeIds());
    if (partitions.some(({ leader }) => !known.has(String(leader)))) await cluster.brokerPool.refreshMetadata([topic]);
    return new Map(partitions.map(({ partitionId, leader }) => [partitionId, leader]));
  } catch (error) {
    if (kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
};

const listOffsets = async (
  cluster: Cluster,
  { topic, leaders, timestamp }: { topic: string; leaders: Leaders; timestamp: number },
): Promise<Offsets> => {
  const found = await eachLeader(cluster, leaders, [...leaders.keys()], async (broker, partitions) => {
    const wanted = partitions.map((partition) => ({ partition, timestamp }));
    const { responses } = await broker.listOffsets({
      isolationLevel: READ_COMMITTED,
      topics: [{ topic, partitions: wanted }],
    });
    return responses.flatMap((response) => response.partitions);
  });
  return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
};

const eachLeader = async <T>(
  cluster: Cluster,
  leaders: Leaders,
  partitions: readonly number[],
  ask: (broker: Broker, partitions: readonly number[]) => Promise<readonly T[]>,
): Promise<readonly T[]> => {
  const byLeader = Map.groupBy(partitions, (partition) => leaders.get(partition) ?? -1);
  const answers = [...byLeader].map(async ([nodeId, led]) => ask(await cluster.findBroker({ nodeId }), led));
  return (await Promise.all(answers)).flat();
};
