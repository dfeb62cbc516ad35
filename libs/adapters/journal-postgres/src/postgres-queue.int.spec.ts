import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { runEventVersion } from '@testmesh/domain';
import type { ClaimedRun, QueuedRun } from '@testmesh/ports';
import { memoryQueueWorld } from '@testmesh/testing';
import { historyOf, perform, queueCommand, queuedRun, runCompleted, runIdOf } from '@testmesh/testing/contracts';
import fc from 'fast-check';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresQueue } from './postgres-queue.ts';
import { postgresQueueWorld, type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'the run queue among many', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  beforeEach(() => database.empty());
  afterAll(() => database.drop());

  const runs = (count: number, over: Parameters<typeof queuedRun>[1] = {}): QueuedRun[] =>
    Array.from({ length: count }, (_, at) => queuedRun(at, over));

  /** Claims as an executor does until it found nothing several times. */
  const drain = async (executor: string, slots: number): Promise<readonly ClaimedRun[]> => {
    const queue = postgresQueue(database.pool);
    const mine: ClaimedRun[] = [];
    for (let misses = 0; misses < 3; ) {
      const claimed = await queue.claim({ executor, pools: ['default'], slots, leaseMs: 60_000 });
      mine.push(...claimed);
      misses = claimed.length === 0 ? misses + 1 : 0;
    }
    return mine;
  };

  test('Q1: sixteen executors get each of 500 runs once', async () => {
    const queue = postgresQueue(database.pool);
    await queue.request(runs(500));
    const claims = await Promise.all(Array.from({ length: 16 }, (_, at) => drain(`executor-${at}`, (at % 4) + 1)));
    const ids = claims.flat().map(({ runId }) => runId);
    expect(ids).toHaveLength(500);
    expect(new Set(ids).size).toBe(500);
    const { rows } = await database.pool.query(
      "select count(*)::int as n from journal.events where type = 'RunClaimed'",
    );
    expect(rows[0].n).toBe(500);
  });

  test('sixteen executors together keep the limit of a workspace and the names its runs hold', async () => {
    const world = await postgresQueueWorld(database);
    await world.limit('acme', 7);
    await world.queue.request([
      ...runs(40),
      ...Array.from({ length: 20 }, (_, at) => queuedRun(100 + at, { workspace: 'other', exclusive: ['db'] })),
    ]);
    const claims = await Promise.all(Array.from({ length: 16 }, (_, at) => drain(`executor-${at}`, 3)));
    const workspaces = claims.flat().map(({ workspace }) => workspace);
    expect(workspaces.filter((workspace) => workspace === 'acme')).toHaveLength(7);
    expect(workspaces.filter((workspace) => workspace === 'other')).toHaveLength(1);
  });

  test('a workspace with two thousand runs does not starve another', async () => {
    const queue = postgresQueue(database.pool);
    await queue.request(runs(2000, { workspace: 'big', priority: 10 }));
    await queue.request([queuedRun(20_000, { workspace: 'small' })]);
    const [first, second] = [await one('a'), await one('b')];
    expect([first?.workspace, second?.workspace]).toContain('small');
  });

  const one = async (executor: string): Promise<ClaimedRun | undefined> =>
    (await postgresQueue(database.pool).claim({ executor, pools: ['default'], slots: 1, leaseMs: 60_000 }))[0];

  test('owners that end their runs while others claim, beat, reap and cancel never wait for each other for ever', async () => {
    const queue = postgresQueue(database.pool);
    const journal = postgresJournal(database.pool);
    await queue.request(runs(120));
    const executor = async (name: string): Promise<void> => {
      for (const { runId, epoch, ver } of await drain(name, 4)) {
        await queue.heartbeat(name, [{ runId, epoch }], 60_000);
        const end = await journal.append(`run-${runId}`, ver, epoch, [runCompleted(runId, epoch)]);
        if (end.outcome !== 'conflict') continue;
        await journal.append(`run-${runId}`, end.ver, epoch, [runCompleted(runId, epoch)]);
      }
    };
    const canceller = async (): Promise<void> => {
      for (let number = 0; number < 120; number += 3) await queue.cancel(runIdOf(number), 'ada');
    };
    const reaper = async (): Promise<void> => {
      for (let times = 0; times < 20; times++) await queue.reap({ maxAttempts: 3, limit: 10 });
    };
    await Promise.all([...['a', 'b', 'c', 'd', 'e'].map(executor), canceller(), reaper()]);
    const { rows } = await database.pool.query(
      'select (select count(*)::int from journal.run_queue) as waiting, (select count(*)::int from journal.head where terminal) as ended',
    );
    expect(rows[0]).toEqual({ waiting: 0, ended: 120 });
  });

  test('the claim written by SQL is the canonical JSON that everybody else would write', async () => {
    const executor = 'tab\t "quoted" \\ \u0001 ✓ \u{1f600} \u2028';
    await postgresQueue(database.pool).request([queuedRun(1, { workspace: 'ä"b' })]);
    await one(executor);
    const { rows } = await database.pool.query<{ readonly body: Buffer }>(
      "select body from journal.events where type = 'RunClaimed'",
    );
    const [, claimed] = await historyOf(postgresJournal(database.pool), runIdOf(1));
    if (claimed === undefined) throw new Error('nothing was claimed');
    const { ver: _ver, at: _at, chain: _chain, ...envelope } = claimed;
    expect(rows[0]?.body.toString('utf8')).toBe(
      JSON.stringify(envelope, Object.keys(envelope).concat(Object.keys(envelope.data)).sort()),
    );
    expect(envelope).toMatchObject({
      sv: runEventVersion('RunClaimed'),
      data: { executor, attempt: 1 },
      workspace: 'ä"b',
    });
  });

  test('every caller gets the answers the memory queue gives, whatever is asked in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(queueCommand, { minLength: 5, maxLength: 25 }), async (commands) => {
        const [real, memory] = [await postgresQueueWorld(database), memoryQueueWorld()];
        for (const command of commands) expect(await perform(real, command)).toEqual(await perform(memory, command));
      }),
      { numRuns: 30 },
    );
  });
});
