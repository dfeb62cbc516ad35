import { type Upcasters, upcasting } from '../kernel/upcasting.ts';
import type { ValueMap } from '../values/value.ts';
import type { RecordedEvent } from './envelope.ts';
import type { RunEvent } from './run-event.ts';

// Every version of every event is kept in golden/ beside this file: a change of shape adds an upcaster here and a golden
// file there.
const upcasters: Upcasters<RunEvent['type']> = {
  RunRequested: [(data) => ({ ...data, given: null })],
  RunClaimed: [],
  RunLeaseExpired: [],
  RunReleased: [],
  RunParked: [],
  RunUnparked: [],
  RunRestarted: [],
  RunStarted: [],
  EnvironmentAwaited: [],
  EnvironmentEntered: [],
  SourceRecorded: [],
  PositionsRecorded: [],
  StepStarted: [],
  StepCompleted: [],
  StepOutcomeUnknown: [],
  ResourceOpened: [],
  ResourceClosed: [],
  RunCancelRequested: [],
  RunCompleted: [],
};

const runEvents = upcasting(upcasters);

/** Every type of a run's events. */
export const RUN_EVENT_TYPES = Object.keys(upcasters) as readonly RunEvent['type'][];

/** Schema version under which a run's event is written today. */
export const runEventVersion: (type: RunEvent['type']) => number = runEvents.version;

/** The fact in a recorded event, whichever version wrote it. Throws `NewerEvent` for what only a newer process knows. */
export const runEventOf = (recorded: RecordedEvent): RunEvent =>
  ({ type: recorded.type, ...runEvents.current(recorded) }) as unknown as RunEvent;

/** What an envelope carries of a fact: everything but its type. */
export const dataOf = ({ type: _type, ...data }: RunEvent): ValueMap => data as unknown as ValueMap;
