import { expect, test } from '@jest/globals';
import { cronProblem, nextSlots, PRESETS, TIMEZONES } from './cron.ts';

const slots = (expression: string, timeZone: string, after: string, count: number) =>
  nextSlots({ expression, timeZone }, Date.parse(after), count).map((date) => date.toISOString().replace('.000Z', 'Z'));

test.each([
  ['0 * * * *', 'UTC', ['2030-01-01T01:00:00Z', '2030-01-01T02:00:00Z']],
  ['*/15 * * * *', 'UTC', ['2030-01-01T00:15:00Z', '2030-01-01T00:30:00Z']],
  ['30 0 12 * * *', 'UTC', ['2030-01-01T12:00:30Z', '2030-01-02T12:00:30Z']],
  ['@daily', 'Europe/Berlin', ['2030-01-01T23:00:00Z', '2030-01-02T23:00:00Z']],
  ['@midnight', 'UTC', ['2030-01-02T00:00:00Z', '2030-01-03T00:00:00Z']],
  ['@annually', 'UTC', ['2031-01-01T00:00:00Z', '2032-01-01T00:00:00Z']],
  ['0 9 * jan-mar MON-FRI', 'UTC', ['2030-01-01T09:00:00Z', '2030-01-02T09:00:00Z']],
])('%s in %s comes when it should', (expression, timezone, expected) => {
  expect(slots(expression, timezone, '2030-01-01T00:00:00Z', 2)).toEqual(expected);
});

test('a slot keeps its hour on the wall when clocks change', () => {
  const found = slots('0 9 * * *', 'Europe/Berlin', '2030-03-30T00:00:00Z', 2);
  expect(found).toEqual(['2030-03-30T08:00:00Z', '2030-03-31T07:00:00Z']);
});

test.each([
  ['0 * * *', 'UTC', '5 fields'],
  ['61 * * * *', 'UTC', '61'],
  ['@often', 'UTC', 'there is no @often'],
  ['0 0 30 2 *', 'UTC', 'never comes'],
  ['0 * * * *', 'Mars/Base', 'no time zone Mars/Base'],
  ['0 * * * *', '+02:00', 'no time zone +02:00'],
  ['0 0 L * *', 'UTC', 'the day of the month L is not understood'],
  ['* * * * * * 2030', 'UTC', 'this has 7'],
])('%s in %s is refused: %s', (expression, timezone, why) => {
  expect(cronProblem({ expression, timeZone: timezone })).toContain(why);
});

test('every preset and a well-known time zone can be used', () => {
  expect(
    PRESETS.map(({ cron }) => cronProblem({ expression: cron, timeZone: 'UTC' })).filter(
      (problem) => problem !== undefined,
    ),
  ).toEqual([]);
  expect(TIMEZONES).toEqual(expect.arrayContaining(['UTC', 'Europe/Berlin', 'America/New_York']));
});
