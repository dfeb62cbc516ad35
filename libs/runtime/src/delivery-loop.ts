// Sends what lies in the outbox.
// B1. A message is sent before it is marked: a sender that dies in between makes a repetition under the same id, never a loss.
// B2. What is refused for now is tried again, later and later; what is refused for good, or too often, is dead and says why.
// B3. One destination that hangs holds up its own deliveries at most for the time limit of a send.
import type { Clock, Delivery, Outbox, Random, Send, SendOutcome } from '@testmesh/ports';
import { Loop, type OnFault } from './loop.ts';

export interface DeliveryLoopOptions {
  readonly outbox: Outbox;
  readonly send: Send;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
  /** The first rest after a failure; each further one is twice as long, up to an hour. */
  readonly firstRestMs?: number;
  /** For so long a claimed delivery is left to its sender; longer than a send may take. */
  readonly leaseMs?: number;
}

const AT_ONCE = 10;
const FIRST_REST_MS = 10_000;
const LONGEST_REST_MS = 60 * 60 * 1000;
const MOST_ATTEMPTS = 12;
const LEASE_MS = 60_000;

export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #loop: Loop;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#loop = new Loop({
      name: 'deliveries',
      clock,
      random,
      leastRestMs: 500,
      mostRestMs: 2000,
      onFault,
      round: () => this.round(),
    });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** True when there may be more to send. */
  async round(): Promise<boolean> {
    const { outbox, onFault, leaseMs = LEASE_MS } = this.#options;
    const deliveries = await outbox.claim(AT_ONCE, leaseMs);
    const handled = deliveries.map((delivery) =>
      this.#handle(delivery).catch((error: unknown) => onFault({ loop: `delivery ${delivery.id}`, error })),
    );
    await Promise.all(handled);
    return deliveries.length === AT_ONCE;
  }

  async #handle(delivery: Delivery): Promise<void> {
    const { outbox } = this.#options;
    const outcome = await this.#send(delivery);
    if (outcome.outcome === 'sent') return outbox.delivered(delivery.id);
    const isDead = outcome.final || delivery.attempt >= MOST_ATTEMPTS;
    await outbox.failed(delivery.id, outcome.error, isDead ? null : this.#restAfter(delivery.attempt));
  }

  async #send({ destination, unreadable, ...delivery }: Delivery): Promise<SendOutcome> {
    if (unreadable !== undefined) return { outcome: 'refused', error: `its channel: ${unreadable}`, final: false };
    if (destination === undefined) return NOWHERE;
    try {
      return await this.#options.send({ ...delivery, destination });
    } catch (error) {
      return { outcome: 'refused', error: error instanceof Error ? error.message : String(error), final: false };
    }
  }

  /** With some jitter, so that what failed together does not come back together. */
  #restAfter(attempt: number): number {
    const { firstRestMs = FIRST_REST_MS, random } = this.#options;
    return Math.min(firstRestMs * 2 ** (attempt - 1), LONGEST_REST_MS) * (0.75 + random.next() / 2);
  }
}

const NOWHERE: SendOutcome = {
  outcome: 'refused',
  error:
    'there is no enabled channel to send it through: addresses of a schedule need an e-mail channel in its workspace',
  final: true,
};
