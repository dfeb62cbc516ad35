import type { Fire } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import type { ScheduleCommand } from '@testmesh/domain';
import type { Clock, Random, RunQueue } from '@testmesh/ports';
import { Loop, newRunId, type OnFault } from '@testmesh/runtime';
import { isDatabaseTrouble, type Storage } from '@testmesh/service-kit';
import { endOfFiring, type FiringToAsk, type HeldSchedule, type ReplacedFiring } from '@testmesh/store-postgres';
import { decided, NOTHING, reachSlots } from './reach-slots.ts';
import { Resting } from './resting.ts';

// Moves schedules on. Invariants:
// F1. A slot fires once, however many schedulers see it: it is decided under the schedule's lock, in one transaction with the
//     schedule's next slot, and its run has the slot's own id.
// F2. What was decided is asked for until it is: a scheduler that dies in between leaves the rest to the next.
// F3. What cannot be asked for has ended in error, with the reason; the schedule goes on. What may pass is waited out from the first
//     try on, however late that was; what was queued by a try nobody heard of is cancelled before its firing is said to have failed.
// F4. Only the database's clock says what is due.
// F5. A schedule that catches up takes some slots per round, so that those on time have theirs in between.
// F6. What fails again and again rests in between, and holds up no other; so does what was cancelled and goes on.

export interface ScheduleLoopOptions {
  readonly storage: Pick<Storage, 'firings' | 'suiteRuns' | 'datasetRuns'>;
  readonly queue: Pick<RunQueue, 'cancel'>;
  readonly fire: Fire;
  readonly clock: Clock;
  readonly random: Random;
  readonly onFault: OnFault;
}

const AT_ONCE = 100;
/** For so long after its first try a fault that may pass is waited out before a firing ends in error. */
const PATIENCE_MS = 60_000;

export class ScheduleLoop {
  readonly #options: ScheduleLoopOptions;
  readonly #loop: Loop;
  readonly #resting: Resting;

  constructor(options: ScheduleLoopOptions) {
    this.#options = options;
    const { clock, random, onFault } = options;
    this.#resting = new Resting(clock);
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
    const resting = this.#resting.now();
    const due = await firings.due(AT_ONCE, resting);
    let isBehind = false;
    for (const id of due) {
      await this.#carefully(id, id, () =>
        firings.change(id, (held) => {
          const change = reachSlots(held);
          isBehind ||= change.nextRunAt != null && change.nextRunAt <= held.now;
          return change;
        }),
      );
    }
    const waiting = await firings.toAsk(AT_ONCE, resting);
    for (const firing of waiting) await this.#carefully(firing.firing, firing.scheduleId, () => this.#ask(firing));
    const replaced = await firings.replaced(AT_ONCE, resting);
    for (const firing of replaced) {
      await this.#carefully(firing.firing, firing.scheduleName, () => this.#cancel(firing), { goesOn: true });
    }
    return isBehind || due.length === AT_ONCE || waiting.length === AT_ONCE;
  }

  /** One schedule that cannot be handled does not hold up the others. */
  async #carefully(
    id: string,
    what: string,
    work: () => Promise<unknown>,
    { goesOn = false }: { readonly goesOn?: boolean } = {},
  ): Promise<void> {
    try {
      await work();
      if (goesOn) this.#resting.add(id);
      else this.#resting.delete(id);
    } catch (error) {
      // That nothing can be done just now is nobody's own fault.
      if (!isDatabaseTrouble(error)) this.#resting.add(id);
      this.#options.onFault({ loop: `schedule ${what}`, error });
    }
  }

  async #ask({ scheduleId, firing, triedAt }: FiringToAsk): Promise<void> {
    let passing: { readonly error: unknown } | undefined;
    await this.#options.storage.firings.change(scheduleId, async (held) => {
      const open = held.state.open.get(firing);
      if (open === undefined || open.asked) return NOTHING;
      if (held.status !== 'active' && !open.manual) {
        return decided(held, { type: 'DropFiring', firing, reason: `the schedule is ${held.status}` });
      }
      try {
        return decided(held, await this.#outcomeOf(held, firing, triedAt));
      } catch (error) {
        passing = { error };
        return { events: [], tried: firing };
      }
    });
    if (passing !== undefined) throw passing.error;
  }

  /** Throws what may pass. */
  async #outcomeOf(held: HeldSchedule, firing: string, triedAt: Date | null): Promise<ScheduleCommand> {
    try {
      await this.#options.fire(held, firing);
      return { type: 'ConfirmAsked', firing };
    } catch (error) {
      const isOver = triedAt !== null && held.now.getTime() - triedAt.getTime() > PATIENCE_MS;
      if (!(error instanceof Problem) && !isOver) throw error;
      if (triedAt !== null) await this.#cancel(askedBy(held, firing));
      const reason = error instanceof Error ? error.message : String(error);
      return endOfFiring(held, firing, { verdict: 'error', reason, next: newRunId() });
    }
  }

  /** Asked again and again until the run has ended: cancelling twice is harmless. */
  async #cancel(replaced: ReplacedFiring): Promise<void> {
    const { queue } = this.#options;
    for (const run of await this.#runsOf(replaced)) await queue.cancel(run, `schedule ${replaced.scheduleName}`);
  }

  /** What goes on of it; nothing more of it is asked for. */
  async #runsOf({ workspace, runId, suiteRunId, datasetRunId }: ReplacedFiring): Promise<readonly string[]> {
    const { suiteRuns, datasetRuns } = this.#options.storage;
    if (suiteRunId !== null) return suiteRuns.giveUp(workspace, suiteRunId);
    if (datasetRunId !== null) return datasetRuns.giveUp(datasetRunId);
    return runId === null ? [] : [runId];
  }
}

/** What a try that nobody heard of may have asked for. */
const askedBy = ({ workspace, name, suiteId, dataset }: HeldSchedule, firing: string): ReplacedFiring => ({
  workspace,
  firing,
  scheduleName: name,
  runId: suiteId === null && dataset == null ? firing : null,
  suiteRunId: suiteId === null ? null : firing,
  datasetRunId: dataset == null ? null : firing,
});
