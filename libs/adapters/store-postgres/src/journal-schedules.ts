import { randomUUID } from 'node:crypto';
import { type Envelope, isKept, scheduleEventData, scheduleEventVersion, scheduleStream } from '@testmesh/domain';
import type { Clock } from '@testmesh/ports';
import type { ScheduleAppend } from './firings.ts';
import { type AppendWithin, appendAtVersionFound } from './journal-audit.ts';

/** Tells the journal when a schedule's slots fired and which were missed, in its stream `schedule-<id>`. */
export const journalSchedules =
  (append: AppendWithin, clock: Pick<Clock, 'now'>): ScheduleAppend =>
  async (client, { id, workspace }, events) => {
    const time = Math.round(clock.now() * 1000);
    const stream = scheduleStream(id);
    const envelopes = events.filter(isKept).map(
      (event): Envelope => ({
        id: randomUUID(),
        stream,
        type: event.type,
        sv: scheduleEventVersion(event.type),
        workspace,
        epoch: 0,
        actor: 'scheduler',
        time,
        data: scheduleEventData(event),
      }),
    );
    if (envelopes.length > 0) await appendAtVersionFound(append, client, { stream, epoch: 0, events: envelopes });
  };
