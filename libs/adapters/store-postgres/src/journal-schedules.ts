import { randomUUID } from 'node:crypto';
import type { Envelope, ScheduleEvent, ValueMap } from '@testmesh/domain';
import type { Clock } from '@testmesh/ports';
import type { ScheduleAppend } from './firings.ts';
import { type AppendWithin, appendAtVersionFound } from './journal-audit.ts';

/** What the clock decided; what became of a run stands in the run's own stream. */
const KEPT: ReadonlySet<ScheduleEvent['type']> = new Set(['ScheduleFired', 'ScheduleMissed']);

/** Tells the journal when a schedule's slots fired and which were missed, in its stream `schedule-<id>`. */
export const journalSchedules =
  (append: AppendWithin, clock: Pick<Clock, 'now'>): ScheduleAppend =>
  async (client, { id, workspace }, events) => {
    const time = Math.round(clock.now() * 1000);
    const stream = `schedule-${id}`;
    const kept = events.filter(({ type }) => KEPT.has(type));
    const envelopes = kept.map(
      ({ type, ...data }): Envelope => ({
        id: randomUUID(),
        stream,
        type,
        sv: 1,
        workspace,
        epoch: 0,
        actor: 'scheduler',
        time,
        data: data as unknown as ValueMap,
      }),
    );
    if (envelopes.length > 0) await appendAtVersionFound(append, client, { stream, epoch: 0, events: envelopes });
  };
