import type { DemoOptions } from './services.ts';

/** The broken seams of the guides, by a name for the command line; demo/README.md tells what each one does. */
const NAMED_FAULTS: Readonly<Record<string, NonNullable<DemoOptions['faults']>>> = {
  'user-service-down': { user: { unavailable: '503' } },
  'user-service-gone': { user: { unavailable: 'close' } },
  'wrong-field': { order: { camel_case_user_id: true } },
  'dropped-event': { notification: { drop_events: ['order.placed', 'order.created'] } },
  'slow-consumer': { notification: { consumer_delay_ms: 5_000 } },
  'lost-order': { order: { lose_writes: true } },
};

export const faultNamed = (name: string): NonNullable<DemoOptions['faults']> => {
  const faults = NAMED_FAULTS[name];
  if (faults === undefined) {
    throw new Error(`there is no fault "${name}"; there are: ${Object.keys(NAMED_FAULTS).join(', ')}`);
  }
  return faults;
};
