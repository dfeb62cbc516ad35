import { type TestEnvironmentCommand, testEnvironmentDecider, testEnvironmentStream } from '@testmesh/domain';
import type { NameTaken, NewTestEnvironment, Registration } from '@testmesh/ports';
import type { ClientBase } from 'pg';
import { appendFacts, type Moment } from './test-environment-row.ts';

/** Takes the names and writes the first fact, or says which name somebody else has. */
export const registerEnvironment = async (
  { client, now }: Moment,
  environment: NewTestEnvironment,
): Promise<Registration> => {
  const { id, workspace, spec, by } = environment;
  if (await isKnown(client, id)) return { ok: false, refusal: 'TestEnvironmentAlreadyRegistered' };
  const command: TestEnvironmentCommand = { type: 'RegisterTestEnvironment', spec, by, now };
  const decision = testEnvironmentDecider.decide(command, testEnvironmentDecider.initial);
  if (!decision.ok) throw new Error(`the registration of an unknown environment was refused: ${decision.refusal}`);
  const state = decision.events.reduce(testEnvironmentDecider.evolve, testEnvironmentDecider.initial);
  if (state.status !== 'cold') throw new Error(`a registered environment is ${state.status}`);
  const { rowCount } = await client.query(INSERT, [
    ...[id, workspace, spec.context, spec.cluster, spec.provider, spec.namespace, spec.applicationName ?? null],
    ...[state.status, JSON.stringify(state), now + spec.ttlMinutes * 60_000, now],
  ]);
  if (rowCount === 0) return { ok: false, refusal: await takenName(client, environment) };
  await appendFacts(client, { id, workspace, ver: 0, spec }, decision.events, now);
  return { ok: true, environment: { id, workspace, state } };
};

// Whoever comes second waits here for the first one's transaction.
const INSERT = `insert into journal.test_environments
    (id, workspace, context, cluster, provider, namespace, application, status, state, expires_at, due)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`;

const isKnown = async (client: ClientBase, id: string): Promise<boolean> =>
  (await client.query('select from journal.head where stream = $1', [testEnvironmentStream(id)])).rowCount === 1;

const takenName = async (client: ClientBase, { spec }: NewTestEnvironment): Promise<NameTaken> => {
  const sql = `select from journal.test_environments
    where cluster = $1 and namespace = $2 and status <> 'destroyed'`;
  return (await client.query(sql, [spec.cluster, spec.namespace])).rowCount === 0
    ? 'ApplicationTaken'
    : 'NamespaceTaken';
};
