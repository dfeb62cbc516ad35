import type { Clock, Random, RunQueue } from '@testmesh/ports';
import { dueSlots, Loop, nextSlot, type OnFault, overlapDecision } from '@testmesh/runtime';
import type { Storage } from '@testmesh/service-kit';
import type { DueSchedule } from '@testmesh/store-postgres';

// Fires the slots of schedules. Invariants:
// F1. A slot makes at most one run, however many schedulers see it: its run is asked for under the slot's own name.
// F2. A schedule is moved on only after its slots were fired: a scheduler that dies in between leaves the work to the next.
// F3. A slot that could not be fired is kept with the reason; the schedule goes on.
// F4. Only the database's clock says what is due.

type Schedule = NonNullable<Awaited<ReturnType<Storage['schedules']['get']>>>;

interface Slot {
  readonly schedule: Schedule;
  readonly at: Date;
}

/** Asks for the run of a slot; asked again with the same slot it gives the same run. Null for a suite, which keeps its own. */
export type FireSlot = (slot: Slot) => Promise<string | null>;

export interface ScheduleLoopOptions {
  readonly storage: Pick<Storage, 'schedules' | 'scheduleRuns' | 'dueSchedules'>;
  readonly queue: Pick<RunQueue, 'cancel'>;
  readonly fire: FireSlot;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const AT_ONCE = 100;
/** A slot counts as on time for so long; later ones are misfires. */
const ON_TIME_MS = 60_000;
const MAX_LATENESS_MS = 24 * 60 * 60 * 1000;

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
    const { storage, onFault } = this.#options;
    const due = await storage.dueSchedules.due(AT_ONCE);
    for (const one of due) {
      await this.#handle(one).catch((error: unknown) => onFault({ loop: `schedule ${one.id}`, error }));
    }
    return due.length === AT_ONCE;
  }

  async #handle(due: DueSchedule): Promise<void> {
    const { storage } = this.#options;
    const schedule = await storage.schedules.get(due.workspace, due.id);
    if (schedule === undefined) return;
    const cron = { expression: schedule.cron, timeZone: schedule.timezone };
    const policy = { misfire: schedule.misfire, maxLatenessMs: MAX_LATENESS_MS, onTimeMs: ON_TIME_MS };
    const now = due.now.getTime();
    const { fire, missed } = dueSlots(cron, policy, due.nextRunAt.getTime() - 1, now);
    for (const at of missed)
      await this.#note(schedule, at, null, 'it was missed: nobody watched the clock at that time');
    let going = due.going;
    for (const at of fire) going = await this.#fire(schedule, at, going);
    const next = nextSlot(cron, now);
    await storage.dueSchedules.moveOn(due, next === undefined ? undefined : new Date(next));
  }

  async #fire(schedule: Schedule, at: number, going: readonly string[]): Promise<readonly string[]> {
    const { fire, queue } = this.#options;
    const { fires, cancel } = overlapDecision(schedule.id, schedule.overlap, going);
    if (!fires) {
      await this.#note(schedule, at, null, `it was skipped: run ${going[0]} of this schedule had not ended`);
      return going;
    }
    for (const runId of cancel) await queue.cancel(runId, `schedule ${schedule.name}`);
    try {
      const runId = await fire({ schedule, at: new Date(at) });
      if (runId === null) return going;
      await this.#note(schedule, at, runId, null);
      return [...going, runId];
    } catch (error) {
      await this.#note(schedule, at, null, error instanceof Error ? error.message : String(error));
      return going;
    }
  }

  async #note(schedule: Schedule, at: number, runId: string | null, error: string | null): Promise<void> {
    const { scheduleRuns } = this.#options.storage;
    const slot = { scheduleId: schedule.id, scheduledAt: new Date(at), manual: false, retryCount: 0 };
    await scheduleRuns.add(schedule.workspace, { ...slot, runId, error });
  }
}
