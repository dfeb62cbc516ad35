// Reads one topic from where it should begin. Invariants:
// T1. The run's start is what was recorded for this topic, once per run, also when the topic did not exist yet.
// T2. A topic that does not exist is waited for; partitions that appear later are read from their beginning.
// T3. An offset that is no longer kept moves to the oldest that is.
import type { ActionContext } from '@testmesh/action-kit';
import type { BrokerClient, FetchedRecords, Leaders, Offsets } from '../client/broker-client.ts';
import { isUnsettled, kafkaErrorType } from '../client/failure.ts';
import type { KafkaConsumerConfig } from '../config.ts';
import { readFrom, recordable, recorded } from './start-offsets.ts';

const FETCH_WAIT_MS = 100;
const TOPIC_POLL_MS = 100;
const REFRESH_MS = 2000;
// Compaction can leave a stretch without any record: after so many empty answers it is taken as read.
const EMPTY_ANSWERS = 3;

export type Reading = Pick<KafkaConsumerConfig, 'brokers' | 'topic' | 'from_beginning' | 'group_id' | 'commit'>;

/** The ends of the topic's partitions at the first time anybody in this run asked. */
export const runStartOffsets = async (
  { brokers, topic }: Pick<Reading, 'brokers' | 'topic'>,
  client: BrokerClient,
  context: ActionContext,
): Promise<Offsets> =>
  recorded(
    await context.positions(`kafka:${[...brokers].sort().join(',')}/${topic}`, async () => {
      const ends = await endsOf(topic, client, context);
      return ends === undefined ? {} : recordable(ends);
    }),
  );

const SETTLE_MS = 5000;

/** Of a topic that was made this moment a cluster says who leads it before that broker knows: it is asked again then. */
const endsOf = async (
  topic: string,
  client: BrokerClient,
  { clock, signal }: ActionContext,
): Promise<Offsets | undefined> => {
  const until = clock.monotonic() + SETTLE_MS;
  for (;;) {
    try {
      const leaders = await client.leaders(topic);
      return leaders && (await client.endOffsets(topic, leaders));
    } catch (error) {
      if (!isUnsettled(error) || clock.monotonic() >= until) throw error;
      await clock.sleep(TOPIC_POLL_MS, signal);
    }
  }
};

export class TopicReader {
  readonly #reading: Reading;
  readonly #client: BrokerClient;
  readonly #context: ActionContext;
  readonly #signal: AbortSignal;
  readonly #runStart: Offsets;
  readonly #next = new Map<number, bigint>();
  readonly #ends = new Map<number, bigint>();
  readonly #emptyAnswers = new Map<number, number>();
  #leaders: Leaders | undefined;
  #refreshedAt = 0;

  constructor(
    reading: Reading,
    client: BrokerClient,
    { context, signal, runStart }: { context: ActionContext; signal: AbortSignal; runStart: Offsets },
  ) {
    this.#reading = reading;
    this.#client = client;
    this.#context = context;
    this.#signal = signal;
    this.#runStart = runStart;
  }

  /** Whether the topic has been there. */
  get topicExists(): boolean {
    return this.#leaders !== undefined;
  }

  /** Whether all that was there at the last look has been read. */
  get isDrained(): boolean {
    const { topicExists } = this;
    return (
      topicExists && [...this.#next].every(([partition, next]) => next >= (this.#ends.get(partition) ?? next + 1n))
    );
  }

  /** What came next; waits a moment when there is nothing. */
  async read(): Promise<readonly FetchedRecords[]> {
    await this.#refresh();
    if (this.#leaders === undefined || this.#leaders.size === 0) {
      await this.#context.clock.sleep(TOPIC_POLL_MS, this.#signal);
      return [];
    }
    try {
      const fetched = await this.#client.fetch(this.#reading.topic, this.#leaders, this.#next, FETCH_WAIT_MS);
      for (const partition of fetched) this.#advance(partition);
      return fetched;
    } catch (error) {
      if (kafkaErrorType(error) !== 'OFFSET_OUT_OF_RANGE') throw error;
      await this.#moveIntoRange(this.#leaders);
      return [];
    }
  }

  /** Looks at the topic anew at the next read: leaders may have moved. */
  forgetLeaders(): void {
    this.#refreshedAt = 0;
  }

  async #refresh(): Promise<void> {
    const now = this.#context.clock.monotonic();
    if (this.#leaders !== undefined && this.#refreshedAt !== 0 && now - this.#refreshedAt < REFRESH_MS) return;
    const leaders = await this.#client.leaders(this.#reading.topic);
    if (leaders === undefined) return;
    await this.#begin(leaders);
    this.#leaders = leaders;
    this.#refreshedAt = now;
  }

  async #begin(leaders: Leaders): Promise<void> {
    const { topic, from_beginning: fromBeginning, commit, group_id: group } = this.#reading;
    const fresh = [...leaders.keys()].filter((partition) => !this.#next.has(partition));
    if (fresh.length === 0) return;
    const starts = {
      runStart: this.#runStart,
      ...(fromBeginning && { oldest: await this.#client.startOffsets(topic, leaders) }),
      ...(commit && group !== undefined && { committed: await this.#client.committed(group, topic, fresh) }),
    };
    for (const [partition, offset] of readFrom(fresh, starts)) this.#next.set(partition, offset);
  }

  #advance({ partition, records, next, end }: FetchedRecords): void {
    const before = this.#next.get(partition) ?? 0n;
    const isStuck = records.length === 0 && next === before && before < end;
    const empty = isStuck ? (this.#emptyAnswers.get(partition) ?? 0) + 1 : 0;
    this.#emptyAnswers.set(partition, empty);
    this.#next.set(partition, empty >= EMPTY_ANSWERS ? end : next);
    this.#ends.set(partition, end);
  }

  async #moveIntoRange(leaders: Leaders): Promise<void> {
    const { topic } = this.#reading;
    const [oldest, newest] = await Promise.all([
      this.#client.startOffsets(topic, leaders),
      this.#client.endOffsets(topic, leaders),
    ]);
    for (const [partition, next] of this.#next) {
      const first = oldest.get(partition) ?? 0n;
      if (next >= first && next <= (newest.get(partition) ?? next)) continue;
      this.#context.log(`${topic} partition ${partition} holds no offset ${next} any more; reading on at ${first}`);
      this.#next.set(partition, first);
    }
  }
}
