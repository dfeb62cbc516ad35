// What has been read so far, and when it is enough. Invariants:
// I1. Messages keep the order they were taken in; `messages[0]` is the first that matches.
// I2. With `count`, nothing after the message that made it enough is taken or committed.
// I3. Without `count`, it is enough when the assertions hold on all that has arrived: never before the messages that
//     were there already are read, and never on nothing, which only the timeout can tell.
// I4. With `from_beginning`, a matching message newer than the run's start is needed too, unless `allow_old`.
import type { Requirement } from '@testmesh/action-kit';
import type { RawRecord } from 'kafkajs/src/cluster/index.js';
import type { Offsets } from '../client/broker-client.ts';
import type { KafkaConsumerConfig } from '../config.ts';
import { type Message, toMessage, weightOf } from './message.ts';
import { isNewer } from './start-offsets.ts';

export interface Skipped {
  readonly message: Message;
  readonly why: string;
  /** How many requirements it did meet. */
  readonly met: number;
}

export type Wanted = Pick<KafkaConsumerConfig, 'topic' | 'count' | 'from_beginning' | 'allow_old' | 'max_bytes'>;

const KEPT_SKIPPED = 10;

export class Intake {
  readonly messages: Message[] = [];
  /** Offsets after the last record taken, per partition. */
  readonly consumed = new Map<number, bigint>();
  /** The newest few that did not match, newest last. */
  readonly skipped: Skipped[] = [];
  /** The skipped message that met most requirements, when it met any. */
  nearest: Skipped | undefined;
  skippedCount = 0;
  newer = 0;
  bytes = 0;

  readonly #wanted: Wanted;
  readonly #requirements: readonly Requirement[];
  readonly #runStart: Offsets;

  constructor(wanted: Wanted, requirements: readonly Requirement[], runStart: Offsets) {
    this.#wanted = wanted;
    this.#requirements = requirements;
    this.#runStart = runStart;
  }

  get isTooLarge(): boolean {
    return this.bytes > this.#wanted.max_bytes;
  }

  /** Whether a message that the run brought about is among them. */
  get isFresh(): boolean {
    return this.#wanted.allow_old || !this.#wanted.from_beginning || this.newer > 0;
  }

  /** Whether the asked-for number is there; always false without `count`. */
  get isCounted(): boolean {
    return this.#wanted.count !== undefined && this.messages.length >= this.#wanted.count && this.isFresh;
  }

  /** Takes one record; false when it is not needed any more. */
  take(partition: number, record: RawRecord): boolean {
    if (this.isCounted || this.isTooLarge) return false;
    const message = toMessage(this.#wanted.topic, partition, record);
    const offset = BigInt(record.offset);
    this.consumed.set(partition, offset + 1n);
    const mismatches = this.#requirements.flatMap(({ mismatch }) => mismatch(message) ?? []);
    if (mismatches.length > 0) this.#skip(message, mismatches);
    else {
      this.messages.push(message);
      this.bytes += weightOf(record);
      if (isNewer(this.#runStart, partition, offset)) this.newer += 1;
    }
    return true;
  }

  #skip(message: Message, mismatches: readonly string[]): void {
    const met = this.#requirements.length - mismatches.length;
    const skipped = { message, why: mismatches.join(' and '), met };
    this.skippedCount += 1;
    this.skipped.push(skipped);
    if (this.skipped.length > KEPT_SKIPPED) this.skipped.shift();
    if (met > 0 && met >= (this.nearest?.met ?? 0)) this.nearest = skipped;
  }
}

/** Whether to stop waiting; `holds` judges the step's assertions on what is there. */
export const isEnough = (
  intake: Pick<Intake, 'messages' | 'isCounted' | 'isFresh'>,
  { count, isDrained, holds }: { count: number | undefined; isDrained: boolean; holds: () => boolean },
): boolean => {
  if (count !== undefined) return intake.isCounted;
  return isDrained && intake.messages.length > 0 && intake.isFresh && holds();
};
