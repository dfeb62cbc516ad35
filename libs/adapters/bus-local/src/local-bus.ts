import { setTimeout as sleep } from 'node:timers/promises';
import { type JournalMessage, recordedEventOf } from '@testmesh/domain';
import type { Bus, Subscription } from '@testmesh/ports';

// The bus of one process. It keeps nothing: an event is handed to whoever subscribes at that moment.
// L1. A name gets every event once, in the order of publishing, one batch at a time.
// L2. A batch whose handling fails is given again, after a pause that grows; nothing overtakes it.
// L3. What waits is bounded: beyond it the oldest events are let go, since their readers find them in the journal.

const BATCH = 500;
const MOST_WAITING = 50_000;
const LONGEST_PAUSE_MS = 2_000;

interface Member {
  readonly handle: Subscription['handle'];
  readonly leaving: AbortController;
}

class Group {
  readonly members = new Set<Member>();
  #waiting: JournalMessage[] = [];
  #delivering: Promise<void> | undefined;

  push(messages: readonly JournalMessage[]): void {
    this.#waiting.push(...messages);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
    this.#delivering ??= this.#deliver().finally(() => {
      this.#delivering = undefined;
    });
  }

  settled(): Promise<void> {
    return this.#delivering ?? Promise.resolve();
  }

  async #deliver(): Promise<void> {
    // Publishing never runs a handler itself.
    await Promise.resolve();
    let pause = 10;
    while (this.#waiting.length > 0) {
      const [member] = this.members;
      if (member === undefined) return;
      const batch = this.#waiting.slice(0, BATCH);
      try {
        await member.handle(batch.map(recordedEventOf));
        this.#waiting.splice(0, batch.length);
        pause = 10;
      } catch {
        // L2. The handler has told its own log; all that is left is to try again.
        await sleep(pause, undefined, { signal: member.leaving.signal, ref: false }).catch(() => undefined);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

/** A bus within one process. */
export const localBus = (): Bus => {
  const groups = new Map<string, Group>();
  return {
    publish: async (messages) => {
      for (const group of groups.values()) group.push(messages);
    },
    subscribe: async ({ name, handle }) => {
      const group = groups.get(name) ?? new Group();
      groups.set(name, group);
      const member = { handle, leaving: new AbortController() };
      group.members.add(member);
      return {
        stop: async () => {
          group.members.delete(member);
          member.leaving.abort();
          if (group.members.size === 0) groups.delete(name);
          await group.settled();
        },
      };
    },
    close: async () => {
      groups.clear();
    },
  };
};
