import type { DemoOptions } from './services.ts';

/** Ways to break the demo on purpose, by the name `npm run demo -- --fault NAME` takes; demo/README.md tells what each does. */
export const breakages: Readonly<Record<string, NonNullable<DemoOptions['faults']>>> = {
  'user-service-down': { user: { unavailable: '503' } },
  'user-service-gone': { user: { unavailable: 'close' } },
  'wrong-field': { order: { camel_case_user_id: true } },
  'dropped-event': { notification: { drop_events: ['order.placed', 'order.created'] } },
  'slow-consumer': { notification: { consumer_delay_ms: 5_000 } },
  'lost-order': { order: { lose_writes: true } },
};
