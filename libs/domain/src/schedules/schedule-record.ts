import { type Upcasters, upcasting } from '../kernel/upcasting.ts';
import type { RecordedEvent } from '../runs/envelope.ts';
import type { ValueMap } from '../values/value.ts';
import type { ScheduleEvent } from './schedule.ts';

/** What the journal keeps of a schedule's clock: what became of a run stands in the run's own stream. */
export type KeptScheduleEvent = Extract<ScheduleEvent, { readonly type: 'ScheduleFired' | 'ScheduleMissed' }>;

// golden/ keeps every version of each beside this file.
const upcasters: Upcasters<KeptScheduleEvent['type']> = {
  ScheduleFired: [],
  // Before, each slot that was missed was an event of its own.
  ScheduleMissed: [(data) => ({ ...data, since: data['slot'] ?? null, count: 1 })],
};

const scheduleEvents = upcasting(upcasters);

/** Every type of event in a schedule's stream. */
export const SCHEDULE_EVENT_TYPES = Object.keys(upcasters) as readonly KeptScheduleEvent['type'][];

export const scheduleStream = (id: string): string => `schedule-${id}`;

export const isKept = (event: ScheduleEvent): event is KeptScheduleEvent => Object.hasOwn(upcasters, event.type);

/** Schema version under which a schedule's event is written today. */
export const scheduleEventVersion: (type: KeptScheduleEvent['type']) => number = scheduleEvents.version;

/** The fact in a recorded event, whichever version wrote it. Throws `NewerEvent` for what only a newer process knows. */
export const scheduleEventOf = (recorded: Pick<RecordedEvent, 'type' | 'sv' | 'data'>): KeptScheduleEvent =>
  ({ type: recorded.type, ...scheduleEvents.current(recorded) }) as unknown as KeptScheduleEvent;

/** What an envelope carries of a fact: everything but its type. */
export const scheduleEventData = ({ type: _type, ...data }: KeptScheduleEvent): ValueMap => data as unknown as ValueMap;
