import type { ValueMap } from '../values/value.ts';
import type { RecordedEvent } from './envelope.ts';
import type { RunEvent } from './run-event.ts';

/** Schema version of the run events written today. */
export const RUN_EVENT_VERSION = 1;

/** The fact in a recorded event. */
export const runEventOf = ({ type, data }: RecordedEvent): RunEvent => ({ type, ...data }) as unknown as RunEvent;

/** What an envelope carries of a fact: everything but its type. */
export const dataOf = ({ type: _type, ...data }: RunEvent): ValueMap => data as unknown as ValueMap;
