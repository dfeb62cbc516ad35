// What was published since it was opened, kept for the steps of the run that ask. Invariants:
// U1. A step that asks later sees everything since the opening again; nothing is consumed.
// U2. The buffer is bounded. What is dropped, and a lost connection, is told to whoever comes after it.
import type { ActionContext } from '@testmesh/action-kit';
import type { Redis } from 'ioredis';
import { connect, type Place } from '../client/connection.ts';
import { withJson } from '../commands/values.ts';
import type { Received } from './inbox.ts';

const BUFFER_MESSAGES = 10_000;
const BUFFER_BYTES = 32 * 1024 * 1024;

const isPattern = (channel: string): boolean => /[*?[]/.test(channel);

export class Subscription {
  readonly #redis: Redis;
  readonly #clock: ActionContext['clock'];
  readonly #received: Received[] = [];
  #bytes = 0;
  #dropped = 0;
  #isLost = false;
  #arrived: (() => void)[] = [];

  private constructor(redis: Redis, clock: ActionContext['clock']) {
    this.#redis = redis;
    this.#clock = clock;
    redis.on('message', (channel: string, text: string) => this.#receive(channel, text));
    redis.on('pmessage', (_pattern: string, channel: string, text: string) => this.#receive(channel, text));
    redis.on('end', () => this.#lose());
  }

  static async open(place: Place, channels: readonly string[], clock: ActionContext['clock']): Promise<Subscription> {
    const redis = await connect(place);
    const opened = new Subscription(redis, clock);
    const [patterns, names] = [channels.filter(isPattern), channels.filter((channel) => !isPattern(channel))];
    try {
      if (names.length > 0) await redis.subscribe(...names);
      if (patterns.length > 0) await redis.psubscribe(...patterns);
    } catch (error) {
      redis.disconnect();
      throw error;
    }
    return opened;
  }

  /** Gives at each call what came since the last one. */
  reader(): () => Promise<readonly Received[]> {
    let read = 0;
    return async () => {
      if (read < this.#dropped) throw this.#overflow();
      const from = read - this.#dropped;
      if (from >= this.#received.length) await this.#arrival();
      const fresh = this.#received.slice(from);
      read += fresh.length;
      return fresh;
    };
  }

  close(): void {
    this.#redis.disconnect();
  }

  #arrival(): Promise<void> {
    if (this.#isLost) throw Object.assign(new Error('Connection is closed.'), { code: 'ECONNRESET' });
    return new Promise((resolve) => this.#arrived.push(resolve));
  }

  #receive(channel: string, text: string): void {
    const bytes = Buffer.byteLength(text);
    const received_at = new Date(this.#clock.now()).toISOString();
    this.#received.push({ message: { channel, value: text, ...withJson(text), received_at }, bytes, isNewer: true });
    this.#bytes += bytes;
    while (this.#received.length > BUFFER_MESSAGES || this.#bytes > BUFFER_BYTES) {
      this.#bytes -= this.#received.shift()?.bytes ?? 0;
      this.#dropped += 1;
    }
    this.#wake();
  }

  #lose(): void {
    this.#isLost = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#arrived;
    this.#arrived = [];
    for (const resolve of waiting) resolve();
  }

  #overflow(): Error {
    const message = `${this.#dropped} messages since the run began did not fit into the buffer of ${BUFFER_MESSAGES}`;
    return Object.assign(new Error(message), { code: 'ENOBUFS' });
  }
}
