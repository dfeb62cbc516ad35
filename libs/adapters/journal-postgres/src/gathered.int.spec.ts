import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecordedEvent } from '@testmesh/domain';
import { journalEvent, runCompleted, runIdOf } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresSecrets } from './postgres-secrets.ts';
import { secretKeys, type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

// Runs that are claimed together begin together: what each of them needs is asked for all.
describeWith('postgres', 'what runs need when they begin', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  beforeEach(() => database.empty());
  afterAll(() => database.drop());

  const statementsOf = async (work: () => Promise<unknown>): Promise<number> => {
    const asked = jest.spyOn(database.pool, 'query');
    try {
      await work();
      return asked.mock.calls.length;
    } finally {
      asked.mockRestore();
    }
  };
  const runs = Array.from({ length: 10 }, (_, nth) => runIdOf(nth + 1));

  test('histories are one statement for sixteen, and long ones go on by themselves', async () => {
    const journal = postgresJournal(database.pool);
    const many = Array.from({ length: 700 }, (_, at) => journalEvent(`run-${runs[0]}`, at));
    await journal.append(`run-${runs[0]}`, 0, 1, many);
    for (const run of runs.slice(1)) await journal.append(`run-${run}`, 0, 1, [runCompleted(run, 1)]);
    const read = async (run: string): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for await (const event of journal.read(`run-${run}`)) events.push(event);
      return events;
    };
    let found: RecordedEvent[][] = [];
    const statements = await statementsOf(async () => {
      found = await Promise.all(runs.map(read));
    });
    expect(statements).toBe(2);
    expect(found.map(({ length }) => length)).toEqual([700, ...runs.slice(1).map(() => 1)]);
    expect(found[0]?.map(({ ver }) => ver)).toEqual(many.map((_, at) => at + 1));
    expect(await statementsOf(() => Promise.all([...runs, ...runs].slice(1, 18).map(read)))).toBe(3);
  });

  test('a history that PostgreSQL itself cannot read fails alone', async () => {
    const journal = postgresJournal(database.pool);
    for (const run of runs) await journal.append(`run-${run}`, 0, 1, [runCompleted(run, 1)]);
    await database.pool.query(`update journal.events set body = '\\xff' where stream = $1`, [`run-${runs[3]}`]);
    const found = await Promise.allSettled(
      runs.map(async (run) => {
        for await (const event of journal.read(`run-${run}`)) return event.stream;
        return undefined;
      }),
    );
    const told = found.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)));
    expect(told).toEqual(
      runs.map((run, nth) => (nth === 3 ? expect.stringContaining('invalid byte sequence') : `run-${run}`)),
    );
  });

  test('secrets are one statement, and one whose key is gone fails alone', async () => {
    const newer = { current: 'k2', keys: new Map([...secretKeys.keys, ['k2', new Uint8Array(32).fill(9)]]) };
    const secrets = postgresSecrets(database.pool, secretKeys);
    for (const run of runs) await secrets.keep(run, 'inputs', run);
    await postgresSecrets(database.pool, newer).keep(runs[3] ?? '', 'token', 'x');
    let found: PromiseSettledResult<ReadonlyMap<string, string>>[] = [];
    const statements = await statementsOf(async () => {
      found = await Promise.allSettled(runs.map((run) => secrets.of(run)));
    });
    expect(statements).toBe(1);
    const told = found.map((result) => (result.status === 'fulfilled' ? result.value.get('inputs') : 'refused'));
    expect(told).toEqual(runs.map((run, nth) => (nth === 3 ? 'refused' : run)));
  });
});
