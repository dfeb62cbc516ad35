// kafka_consumer: waits for what this run brought about. The rules stand in reading/intake.ts and reading/topic-reader.ts.
import {
  type ActionContext,
  type ActionOutcome,
  abortable,
  correlationRequirements,
  defineAction,
  type Requirement,
} from '@testmesh/action-kit';
import { type BrokerClient, brokerClient } from './client/broker-client.ts';
import { describeFailure, isTransient, kafkaErrorType } from './client/failure.ts';
import type { KafkaConsumerConfig } from './config.ts';
import { Intake, isEnough } from './reading/intake.ts';
import { interleave } from './reading/interleave.ts';
import { matchRequirements } from './reading/matching.ts';
import { readThroughPath } from './reading/message.ts';
import { runStartOffsets, TopicReader } from './reading/topic-reader.ts';
import { exchangeOf, impliedOf, resultOf, type Wait } from './reading/verdict.ts';
import { kafkaConsumerSchema } from './schema.ts';

type NotCarriedOut = Extract<ActionOutcome, { kind: 'not-carried-out' }>;

const RECONNECT_MS = 250;

export const kafkaConsumer = defineAction({
  schema: kafkaConsumerSchema,

  async prepare(config, context) {
    const noted = async () => runStartOffsets(config, await brokerClient(config, context, context.signal), context);
    await abortable(noted(), context.signal);
  },

  async run(config, context) {
    const wait = new ConsumerWait(config, context);
    const requirements = wait.requirements();
    if ('kind' in requirements) return requirements;
    return wait.carryOut(requirements);
  },
});

class ConsumerWait {
  readonly #config: KafkaConsumerConfig;
  readonly #context: ActionContext;
  readonly #startedAt: number;
  /** Aborts when the wait is over or the step is: whatever comes first. */
  readonly #signal: AbortSignal;
  readonly #deadline: AbortSignal;
  #lost: unknown;

  constructor(config: KafkaConsumerConfig, context: ActionContext) {
    this.#config = config;
    this.#context = context;
    this.#startedAt = context.clock.monotonic();
    this.#deadline = AbortSignal.timeout(config.timeout);
    this.#signal = AbortSignal.any([context.signal, this.#deadline]);
  }

  requirements(): readonly Requirement[] | NotCarriedOut {
    const correlations = this.#context.expectations.correlations.map((correlation) => ({
      ...correlation,
      path: readThroughPath(correlation.path),
    }));
    try {
      return [...matchRequirements(this.#config.match), ...correlationRequirements(correlations, ['value', 'key'])];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { kind: 'not-carried-out', code: 'TM4206', reason: error.message };
    }
  }

  async carryOut(requirements: readonly Requirement[]): Promise<ActionOutcome> {
    try {
      const client = await this.#bounded(brokerClient(this.#config, this.#context, this.#signal));
      const runStart = await this.#bounded(runStartOffsets(this.#config, client, this.#context));
      const intake = new Intake(this.#config, requirements, runStart);
      const [context, signal] = [this.#context, this.#signal];
      const reader = new TopicReader(this.#config, client, { context, signal, runStart });
      await this.#read(reader, intake, client);
      return await this.#conclude({ requirements, intake, reader, client });
    } catch (error) {
      this.#context.signal.throwIfAborted();
      if (this.#deadline.aborted) return this.#neverReached();
      return describeFailure(error, { connection: this.#config, topic: this.#config.topic });
    }
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return abortable(work, this.#signal);
  }

  get #elapsedMs(): number {
    return this.#context.clock.monotonic() - this.#startedAt;
  }

  /** Reads until it is enough, too much, or time is up. */
  async #read(reader: TopicReader, intake: Intake, client: BrokerClient): Promise<void> {
    while (!this.#deadline.aborted && !intake.isTooLarge) {
      try {
        await this.#take(reader, intake);
        if (this.#isEnough(reader, intake)) return;
      } catch (error) {
        this.#context.signal.throwIfAborted();
        if (this.#deadline.aborted) return;
        if (!isTransient(error)) throw error;
        await this.#reconnect(error, reader, client);
      }
    }
  }

  async #take(reader: TopicReader, intake: Intake): Promise<void> {
    const fetched = await this.#bounded(reader.read());
    this.#lost = undefined;
    for (const { partition, record } of interleave(fetched)) if (!intake.take(partition, record)) return;
  }

  #isEnough(reader: TopicReader, intake: Intake): boolean {
    const { expectations } = this.#context;
    const holds = () =>
      !expectations.present ||
      expectations.judge(resultOf({ config: this.#config, intake, durationMs: this.#elapsedMs })).holds;
    return isEnough(intake, { count: this.#config.count, isDrained: reader.isDrained, holds });
  }

  /** A broker that went away may come back before time is up. */
  async #reconnect(error: unknown, reader: TopicReader, client: BrokerClient): Promise<void> {
    if (this.#lost === undefined) this.#context.log(`waiting for Kafka to come back: ${this.#sentence(error)}`);
    this.#lost = error;
    reader.forgetLeaders();
    const pause = this.#context.clock.sleep(RECONNECT_MS, this.#signal);
    const again = this.#bounded(client.reconnect()).catch((reason: unknown) => {
      if (!isTransient(reason) && !this.#signal.aborted) throw reason;
    });
    await Promise.all([pause, again]).catch((reason: unknown) => {
      if (!this.#signal.aborted) throw reason;
    });
    this.#context.signal.throwIfAborted();
  }

  #sentence(error: unknown): string {
    return describeFailure(error, { connection: this.#config, topic: this.#config.topic }).reason;
  }

  async #conclude(read: {
    requirements: readonly Requirement[];
    intake: Intake;
    reader: TopicReader;
    client: BrokerClient;
  }): Promise<ActionOutcome> {
    const { intake, requirements, reader } = read;
    const wait: Wait = {
      config: this.#config,
      requirements,
      intake,
      topicExists: reader.topicExists,
      durationMs: this.#elapsedMs,
      ...(this.#lost !== undefined && { lost: this.#sentence(this.#lost) }),
    };
    const exchange = exchangeOf(wait);
    if (intake.isTooLarge) return { ...tooLarge(this.#config), exchange };
    const implied = impliedOf(wait);
    const isMet = implied.every(({ passed }) => passed);
    if (!isMet && this.#lost !== undefined) return { ...this.#lostForGood(wait), exchange };
    const output = resultOf(wait);
    if (isMet && this.#config.commit) {
      const refused = await this.#commit(read, this.#holds(output));
      if (refused) return { ...refused, exchange };
    }
    return { kind: 'completed', output, exchange, implied };
  }

  #holds(output: ReturnType<typeof resultOf>): boolean {
    const { expectations } = this.#context;
    return !expectations.present || expectations.judge(output).holds;
  }

  /** What the assertions refused stays uncommitted, so that a retry sees it again. */
  async #commit(
    { client, intake }: { client: BrokerClient; intake: Intake },
    holds: boolean,
  ): Promise<NotCarriedOut | undefined> {
    const { group_id: group = '', topic } = this.#config;
    if (!holds || intake.consumed.size === 0) return undefined;
    try {
      await abortable(client.commit(group, topic, intake.consumed), this.#context.signal);
      return undefined;
    } catch (error) {
      this.#context.signal.throwIfAborted();
      const type = kafkaErrorType(error);
      if (type !== 'UNKNOWN_MEMBER_ID' && type !== 'REBALANCE_IN_PROGRESS' && type !== 'ILLEGAL_GENERATION')
        return describeFailure(error, { connection: this.#config, topic });
      return {
        kind: 'not-carried-out',
        code: 'TM4205',
        reason: `group ${group} has running members, so nothing can be committed for it from outside`,
        help: 'use a group of your own, or leave out commit to look without taking anything from the members',
      };
    }
  }

  #lostForGood({ lost = '', durationMs }: Wait): NotCarriedOut {
    return {
      kind: 'not-carried-out',
      code: 'TM4204',
      reason: `Kafka was lost while waiting on ${this.#config.topic} and did not come back within ${Math.round(durationMs)} ms: ${lost}`,
    };
  }

  #neverReached(): NotCarriedOut {
    return {
      kind: 'not-carried-out',
      code: 'ETIMEDOUT',
      reason: `Kafka at ${this.#config.brokers.join(',')} did not answer within the step's ${this.#config.timeout} ms`,
    };
  }
}

const tooLarge = ({ topic, max_bytes: limit }: KafkaConsumerConfig): NotCarriedOut => ({
  kind: 'not-carried-out',
  code: 'TM4203',
  reason: `the messages on ${topic} weigh more than ${limit} bytes together`,
  help: 'narrow them with match, count or without from_beginning, or raise max_bytes',
});
