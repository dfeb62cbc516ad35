import type { RecordedEvent } from '../runs/envelope.ts';
import type { ValueMap } from '../values/value.ts';
import type { TestEnvironmentEvent } from './test-environment-event.ts';

export const testEnvironmentStream = (id: string): string => `testenv-${id}`;

/** The fact in a recorded event. */
export const testEnvironmentEventOf = ({ type, data }: Pick<RecordedEvent, 'type' | 'data'>): TestEnvironmentEvent =>
  ({ type, ...data }) as unknown as TestEnvironmentEvent;

/** What an envelope carries of a fact: everything but its type. */
export const testEnvironmentData = ({ type: _type, ...data }: TestEnvironmentEvent): ValueMap =>
  data as unknown as ValueMap;
