import { type Upcasters, upcasting } from '../kernel/upcasting.ts';
import type { RecordedEvent } from '../runs/envelope.ts';
import type { ValueMap } from '../values/value.ts';
import type { TestEnvironmentEvent } from './test-environment-event.ts';

// golden/ keeps every version of each beside this file.
const upcasters: Upcasters<TestEnvironmentEvent['type']> = {
  TestEnvironmentRegistered: [],
  ProvisioningStarted: [],
  ResourcesBound: [],
  ProvisioningFailed: [],
  TestEnvironmentWarmed: [],
  TestEnvironmentSickened: [],
  TestEnvironmentAcquired: [],
  TestEnvironmentReleased: [],
  DestroyRequested: [],
  DestroyHindered: [],
  TestEnvironmentDestroyed: [],
};

const testEnvironmentEvents = upcasting(upcasters);

/** Every type of event in a test environment's stream. */
export const TEST_ENVIRONMENT_EVENT_TYPES = Object.keys(upcasters) as readonly TestEnvironmentEvent['type'][];

export const testEnvironmentStream = (id: string): string => `testenv-${id}`;

/** Schema version under which a test environment's event is written today. */
export const testEnvironmentEventVersion: (type: TestEnvironmentEvent['type']) => number =
  testEnvironmentEvents.version;

/** The fact in a recorded event, whichever version wrote it. Throws `NewerEvent` for what only a newer process knows. */
export const testEnvironmentEventOf = (recorded: Pick<RecordedEvent, 'type' | 'sv' | 'data'>): TestEnvironmentEvent =>
  ({ type: recorded.type, ...testEnvironmentEvents.current(recorded) }) as unknown as TestEnvironmentEvent;

/** What an envelope carries of a fact: everything but its type. */
export const testEnvironmentData = ({ type: _type, ...data }: TestEnvironmentEvent): ValueMap =>
  data as unknown as ValueMap;
