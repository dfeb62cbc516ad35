// A row is the state of a test environment as `testEnvironmentDecider` knows it. Whoever changes one locks the stream's head first
// and the row second, as an append does, and leaves the change to the decider.
import {
  type Envelope,
  expiresAt,
  nextTask,
  TEST_ENVIRONMENT_EVENT_VERSION,
  type TestEnvironmentCommand,
  type TestEnvironmentEvent,
  type TestEnvironmentRefusal,
  type TestEnvironmentState,
  testEnvironmentData,
  testEnvironmentDecider,
  testEnvironmentStream,
} from '@testmesh/domain';
import type { StoredTestEnvironment } from '@testmesh/ports';
import type { ClientBase } from 'pg';
import { appendBatches } from './batch.ts';
import { queueEventId } from './queue-row.ts';

type KnownState = Exclude<TestEnvironmentState, { readonly status: 'absent' }>;

/** A transaction, and what time it is in it, in milliseconds. */
export interface Moment {
  readonly client: ClientBase;
  readonly now: number;
}

/** A locked row; what is decided on it changes it here, too. */
export interface EnvironmentRow {
  readonly id: string;
  readonly workspace: string;
  readonly token: number;
  state: KnownState;
  /** Of the stream's head. */
  ver: number;
}

const LOCKED = `select e.id, e.workspace, e.token, e.state, h.ver
  from journal.head h join journal.test_environments e on h.stream = 'testenv-' || e.id`;

/** Rows of a condition, locked in the order of their streams; `skip locked` leaves those that somebody else is changing. */
export const lockRows = async (
  client: ClientBase,
  condition: string,
  values: readonly unknown[],
): Promise<readonly EnvironmentRow[]> =>
  (await client.query<EnvironmentRow>(`${LOCKED} ${condition}`, [...values])).rows;

export const lockRow = async (client: ClientBase, id: string): Promise<EnvironmentRow | undefined> =>
  (await lockRows(client, 'where e.id = $1 for update of h, e', [id]))[0];

export const storedOf = ({ id, workspace, state }: EnvironmentRow): StoredTestEnvironment => ({ id, workspace, state });

/** Decides on a locked row and saves what came of it; why it was refused, or `undefined` when it happened. */
export const decideOn = async (
  client: ClientBase,
  row: EnvironmentRow,
  command: TestEnvironmentCommand,
): Promise<TestEnvironmentRefusal | undefined> => {
  const decision = testEnvironmentDecider.decide(command, row.state);
  if (!decision.ok) return decision.refusal;
  const ver = await appendFacts(client, row, decision.events, command.now);
  row.state = decision.events.reduce(testEnvironmentDecider.evolve, row.state) as KnownState;
  row.ver = ver;
  await client.query(SAVE, [row.id, row.state.status, JSON.stringify(row.state), ...datesOf(row.state, command.now)]);
  return undefined;
};

const SAVE = `update journal.test_environments
  set status = $2, state = $3, expires_at = $4, due = $5, destroyed_at = $6,
    lease_until = case when $2 = 'running' then lease_until end
  where id = $1`;

/** When it expires, is due and was destroyed: whatever changed, it is looked at soon. */
const datesOf = (state: KnownState, now: number): readonly (number | null)[] => {
  if (state.status === 'destroyed') return [null, null, state.destroyedAt];
  const mayExpire = state.destroying === undefined && state.status !== 'running' && state.status !== 'provisioning';
  return [mayExpire ? expiresAt(state) : null, nextTask(state) === 'nothing' ? null : now, null];
};

/** Appends at the version of the locked head; the version after it. */
export const appendFacts = async (
  client: ClientBase,
  { id, workspace, ver }: Pick<EnvironmentRow, 'id' | 'workspace' | 'ver'>,
  facts: readonly TestEnvironmentEvent[],
  now: number,
): Promise<number> => {
  const stream = testEnvironmentStream(id);
  const events = facts.map(
    (event, at): Envelope => ({
      id: queueEventId(stream, ver + 1 + at),
      stream,
      type: event.type,
      sv: TEST_ENVIRONMENT_EVENT_VERSION,
      workspace,
      epoch: 0,
      actor: 'environments',
      time: now * 1000,
      data: testEnvironmentData(event),
    }),
  );
  const [result] = await appendBatches(client, [{ stream, expectedVer: ver, epoch: 0, events }]);
  if (result?.outcome === 'applied') return result.ver;
  throw new Error(`${stream} was decided on under its lock and was answered ${result?.outcome ?? 'nothing'}`);
};
