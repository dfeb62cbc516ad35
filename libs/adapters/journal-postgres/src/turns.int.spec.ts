import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWith } from '../../../../tools/testing/real.ts';
import { type TestDatabase, testDatabase } from './test-database.fixture.ts';
import { postgresTurns } from './turns.ts';

describeWith('postgres', 'turns', (address) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(address);
  }, 60_000);
  afterAll(() => database.drop());

  test('one has it, keeps it as long as it asks again, and loses it when it is silent', async () => {
    const { take } = postgresTurns(database.pool);
    const takes = await Promise.all(['a', 'b', 'c'].map((holder) => take('relay', holder, 60_000)));
    expect(takes.filter(Boolean)).toHaveLength(1);
    const holder = ['a', 'b', 'c'][takes.indexOf(true)] ?? '';
    expect(await take('relay', 'other', 60_000)).toBe(false);
    expect(await take('relay', holder, 100)).toBe(true);
    await sleep(150);
    expect(await take('relay', 'other', 60_000)).toBe(true);
    expect(await take('relay', holder, 60_000)).toBe(false);
    expect(await take('something else', holder, 60_000)).toBe(true);
  });
});
