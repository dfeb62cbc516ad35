import type { Fire } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { type ScheduleCommand, scheduleDecider } from '@testmesh/domain';
import type { Clock, Random, RunQueue } from '@testmesh/ports';
import { dueSlots, Loop, newRunId, nextSlot, type OnFault, slotRunId } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import {
  endOfFiring,
  type FiringToAsk,
  type HeldSchedule,
  type ReplacedFiring,
  type ScheduleChange,
} from '@testmesh/store-postgres';

// Moves schedules on. Invariants:
// F1. A slot fires once, however many schedulers see it: it is decided under the schedule's lock, in one transaction with the
//     schedule's next slot, and its run has the slot's own id.
// F2. What was decided is asked for until it is: a scheduler that dies in between leaves the rest to the next.
// F3. What cannot be asked for has ended in error, with the reason; the schedule goes on.
// F4. Only the database's clock says what is due.

export interface ScheduleLoopOptions {
  readonly storage: Pick<Storage, 'firings' | 'suiteRuns'>;
  readonly queue: Pick<RunQueue, 'cancel'>;
  readonly fire: Fire;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const AT_ONCE = 100;
/** A slot counts as on time for so long; later ones are misfires. */
const ON_TIME_MS = 60_000;
const MAX_LATENESS_MS = 24 * 60 * 60 * 1000;
/** For so long a fault that may pass is waited out before a firing ends in error. */
const PATIENCE_MS = 60_000;

export class ScheduleLoop {
  readonly #options: ScheduleLoopOptions;
  readonly #loop: Loop;

  constructor(options: ScheduleLoopOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#loop = new Loop({
      name: 'schedules',
      clock,
      random,
      leastRestMs: 500,
      mostRestMs: 1000,
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

  /** True when there may be more that is due. */
  async round(): Promise<boolean> {
    const { firings } = this.#options.storage;
    const due = await firings.due(AT_ONCE);
    for (const id of due) await this.#carefully(id, () => firings.change(id, reachSlots));
    const waiting = await firings.toAsk(AT_ONCE);
    for (const firing of waiting) await this.#carefully(firing.scheduleId, () => this.#ask(firing));
    const replaced = await firings.replaced(AT_ONCE);
    for (const firing of replaced) await this.#carefully(firing.scheduleName, () => this.#cancel(firing));
    return due.length === AT_ONCE || waiting.length === AT_ONCE;
  }

  /** One schedule that cannot be handled does not hold up the others. */
  async #carefully(what: string, work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => this.#options.onFault({ loop: `schedule ${what}`, error }));
  }

  #ask({ scheduleId, firing }: FiringToAsk): Promise<boolean> {
    return this.#options.storage.firings.change(scheduleId, async (held) => {
      const open = held.state.open.get(firing);
      if (open === undefined || open.asked) return NOTHING;
      if (held.status !== 'active' && !open.manual) {
        return decided(held, { type: 'DropFiring', firing, reason: `the schedule is ${held.status}` });
      }
      return decided(held, await this.#outcomeOf(held, firing, open.slot));
    });
  }

  async #outcomeOf(held: HeldSchedule, firing: string, slot: number): Promise<ScheduleCommand> {
    try {
      await this.#options.fire(held, firing);
      return { type: 'ConfirmAsked', firing };
    } catch (error) {
      const isFinal = error instanceof Problem || held.now.getTime() - slot > PATIENCE_MS;
      if (!isFinal) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return endOfFiring(held, firing, { verdict: 'error', reason, next: newRunId() });
    }
  }

  /** Asked again and again until the run has ended: cancelling twice is harmless. */
  async #cancel({ workspace, scheduleName, runId, suiteRunId }: ReplacedFiring): Promise<void> {
    const { queue, storage } = this.#options;
    const runs = suiteRunId === null ? [runId] : await storage.suiteRuns.giveUp(workspace, suiteRunId);
    for (const run of runs) if (run !== null) await queue.cancel(run, `schedule ${scheduleName}`);
  }
}

const NOTHING: ScheduleChange = { events: [] };

/** What has come due of a schedule, and when it is next. */
const reachSlots = (held: HeldSchedule): ScheduleChange => {
  const { id, version, cron, timezone, misfire, overlap, nextRunAt, status, state } = held;
  const now = held.now.getTime();
  if (status !== 'active' || nextRunAt === null || nextRunAt.getTime() > now) return NOTHING;
  const expression = { expression: cron, timeZone: timezone };
  const policy = { misfire, maxLatenessMs: MAX_LATENESS_MS, onTimeMs: ON_TIME_MS };
  const last = Math.max(nextRunAt.getTime() - 1, state.lastSlot ?? 0);
  const { fire, missed } = dueSlots(expression, policy, last, now);
  const due = fire.map((slot) => ({ firing: slotRunId({ scheduleId: id, version, at: slot }), slot }));
  const next = nextSlot(expression, now);
  return {
    ...decided(held, { type: 'ReachSlots', due, missed, overlap }),
    nextRunAt: next === undefined ? null : new Date(next),
  };
};

/** A refusal is news that came twice: nothing is written. */
const decided = ({ state }: HeldSchedule, command: ScheduleCommand): ScheduleChange => {
  const decision = scheduleDecider.decide(command, state);
  return decision.ok ? { events: decision.events } : NOTHING;
};
