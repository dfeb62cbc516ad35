import { expect, test } from '@jest/globals';
import { faultsSchema, spellUserId } from './faults.ts';

const payload = { order_id: 'o', user_id: 'u', total: 1 };

test('a healthy service spells the user as its consumers expect', () => {
  expect(spellUserId({ current: {} }, payload)).toEqual(payload);
});

test('a broken one renames the field and keeps everything else', () => {
  expect(spellUserId({ current: { camel_case_user_id: true } }, payload)).toEqual({
    order_id: 'o',
    userId: 'u',
    total: 1,
  });
});

test.each([
  [{ unavailable: '500' }],
  [{ consumer_delay_ms: -1 }],
  [{ drop_events: 'user.created' }],
  [{ unknown: true }],
])('refuses %j', (faults) => {
  expect(faultsSchema.safeParse(faults).success).toBe(false);
});
