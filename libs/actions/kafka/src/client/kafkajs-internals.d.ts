// biome-ignore-all lint/style/noDefaultExport: this is how a CommonJS module looks from an ES module
// The parts of kafkajs 2.2.4 below its public face that reading without a consumer group needs.
// The version is pinned; `broker-client.int.spec.ts` proves each of them against a real broker.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    readonly prototype: {
      readonly pending: readonly unknown[];
      readonly throttledUntil: number;
      scheduleCheckPendingRequests(): void;
    };
  };
  export default RequestQueue;
}

declare module 'kafkajs/src/loggers/index.js' {
  import type { Logger } from 'kafkajs';

  const loggers: {
    readonly LEVELS: { readonly NOTHING: number };
    readonly createLogger: (options: { level: number; logCreator: () => () => void }) => Logger;
  };
  export default loggers;
}

declare module 'kafkajs/src/consumer/filterAbortedMessages.js' {
  import type { FetchedPartition, RawRecord } from 'kafkajs/src/cluster/index.js';

  const filterAbortedMessages: (batch: {
    readonly messages: readonly RawRecord[];
    readonly abortedTransactions: FetchedPartition['abortedTransactions'];
  }) => readonly RawRecord[];
  export default filterAbortedMessages;
}

declare module 'kafkajs/src/cluster/index.js' {
  import type { ConnectionOptions } from 'node:tls';
  import type { ISocketFactory, Logger, RetryOptions, SASLOptions } from 'kafkajs';

  export interface RawRecord {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer | readonly Buffer[] | undefined>>;
    readonly isControlRecord: boolean;
  }

  export interface FetchedPartition {
    readonly partition: number;
    readonly highWatermark: string;
    readonly lastStableOffset: string;
    readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
    readonly messages: readonly RawRecord[];
  }

  export interface TopicPartitions<Partition> {
    readonly topic: string;
    readonly partitions: readonly Partition[];
  }

  export interface Broker {
    readonly metadata: (topics: readonly string[]) => Promise<{
      readonly topicMetadata: readonly {
        readonly topic: string;
        readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
      }[];
    }>;
    readonly listOffsets: (request: {
      readonly isolationLevel: number;
      readonly topics: readonly TopicPartitions<{ readonly partition: number; readonly timestamp: number }>[];
    }) => Promise<{
      readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[];
    }>;
    readonly fetch: (request: {
      readonly isolationLevel: number;
      readonly maxWaitTime: number;
      readonly minBytes: number;
      readonly maxBytes: number;
      readonly topics: readonly TopicPartitions<{
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }>[];
    }) => Promise<{
      readonly responses: readonly {
        readonly topicName: string;
        readonly partitions: readonly FetchedPartition[];
      }[];
    }>;
    readonly offsetFetch: (request: {
      readonly groupId: string;
      readonly topics: readonly TopicPartitions<{ readonly partition: number }>[];
    }) => Promise<{
      readonly responses: readonly TopicPartitions<{ readonly partition: number; readonly offset: string }>[];
    }>;
    readonly offsetCommit: (request: {
      readonly groupId: string;
      readonly groupGenerationId: number;
      readonly memberId: string;
      readonly topics: readonly TopicPartitions<{
        readonly partition: number;
        readonly offset: string;
        readonly metadata: null;
      }>[];
    }) => Promise<unknown>;
  }

  export default class Cluster {
    constructor(options: {
      logger: Logger;
      socketFactory: ISocketFactory;
      brokers: readonly string[];
      ssl: ConnectionOptions | undefined;
      sasl: SASLOptions | undefined;
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      metadataMaxAge: number;
      retry: RetryOptions;
      allowAutoTopicCreation: boolean;
      isolationLevel: number;
    });
    readonly brokerPool: {
      findConnectedBroker(): Promise<Broker>;
      refreshMetadata(topics: readonly string[]): Promise<void>;
    };
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    getNodeIds(): readonly string[];
    findBroker(options: { nodeId: number }): Promise<Broker>;
    findGroupCoordinator(options: { groupId: string }): Promise<Broker>;
  }
}
