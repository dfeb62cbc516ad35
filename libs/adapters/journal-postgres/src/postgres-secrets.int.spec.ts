import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { runCompleted, runIdOf } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import { postgresJournal } from './postgres-journal.ts';
import { postgresSecrets } from './postgres-secrets.ts';
import { secretKeys, type TestDatabase, testDatabase } from './test-database.fixture.ts';

jest.setTimeout(60_000);

describeWith('postgres', 'run secrets at rest', (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(server);
  });
  beforeEach(() => database.empty());
  afterAll(() => database.drop());

  const run = runIdOf(1);
  const newer = { current: 'k2', keys: new Map([...secretKeys.keys, ['k2', new Uint8Array(32).fill(9)]]) };

  test('nothing of a value can be read in the table', async () => {
    await postgresSecrets(database.pool, secretKeys).keep(run, 'inputs', 'correct horse battery staple');
    const { rows } = await database.pool.query('select sealed from journal.run_secrets');
    expect(rows[0].sealed.toString('latin1')).not.toContain('horse');
  });

  test('S1: a value moved to another run or another name is not opened', async () => {
    const secrets = postgresSecrets(database.pool, secretKeys);
    await secrets.keep(run, 'inputs', 'a');
    await database.pool.query('update journal.run_secrets set run_id = $1', [runIdOf(2)]);
    await expect(secrets.of(runIdOf(2))).rejects.toThrow();
    await database.pool.query("update journal.run_secrets set run_id = $1, name = 'captured'", [run]);
    await expect(secrets.of(run)).rejects.toThrow();
    await database.pool.query("update journal.run_secrets set name = 'inputs'");
    expect(await secrets.of(run)).toEqual(new Map([['inputs', 'a']]));
  });

  test('S2: what an older key sealed is opened after a new one became current, and not without it', async () => {
    await postgresSecrets(database.pool, secretKeys).keep(run, 'inputs', 'old');
    const secrets = postgresSecrets(database.pool, newer);
    await secrets.keep(run, 'captured', 'new');
    expect([...(await secrets.of(run)).values()].sort()).toEqual(['new', 'old']);
    await expect(postgresSecrets(database.pool, secretKeys).of(run)).rejects.toThrow(
      'the secret key "k2" is not among',
    );
  });

  test('the last event of the run takes its secrets with it', async () => {
    const secrets = postgresSecrets(database.pool, secretKeys);
    await secrets.keep(run, 'inputs', 'a');
    await secrets.keep(runIdOf(2), 'inputs', 'b');
    await postgresJournal(database.pool).append(`run-${run}`, 0, 1, [runCompleted(run, 1)]);
    expect(await secrets.of(run)).toEqual(new Map());
    expect(await secrets.of(runIdOf(2))).toEqual(new Map([['inputs', 'b']]));
  });

  test('a key of another length, or a current one that is not given, is refused at once', () => {
    const short = { current: 'k1', keys: new Map([['k1', new Uint8Array(16)]]) };
    expect(() => postgresSecrets(database.pool, short)).toThrow('the secret key "k1" has 16 bytes, it needs 32');
    expect(() => postgresSecrets(database.pool, { ...secretKeys, current: 'k9' })).toThrow(
      '"k9" is not among the keys',
    );
  });
});
