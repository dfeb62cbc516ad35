// A row is the state of a test environment as `testEnvironmentDecider` knows it. Whoever changes one locks the stream's head first
// and the row second, as an append does, and leaves the change to the decider.
import {
  auditOf,
  configEventVersion,
  configStream,
  type Envelope,
  expiresAt,
  nextTask,
  type TestEnvironmentCommand,
  type TestEnvironmentEvent,
  type TestEnvironmentRefusal,
  type TestEnvironmentSpec,
  type TestEnvironmentState,
  testEnvironmentData,
  testEnvironmentDecider,
  testEnvironmentEventVersion,
  testEnvironmentStream,
} from '@testmesh/domain';
import type { StoredTestEnvironment } from '@testmesh/ports';
import type { ClientBase } from 'pg';
import { appendAtEnd } from './append-at-end.ts';
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
  /** When it is looked at next; null when there is nothing to do. */
  readonly due: number | null;
  state: KnownState;
  /** Of the stream's head. */
  ver: number;
}

const LOCKED = `select e.id, e.workspace, e.token, e.due::float8 as due, e.state, h.ver
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
  const { spec } = row.state;
  const ver = await appendFacts(client, { ...row, spec }, decision.events, command.now);
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

type Stands = Pick<EnvironmentRow, 'id' | 'workspace' | 'ver'> & { readonly spec: TestEnvironmentSpec };

/** Appends at the version of the locked head, and to the audit of the workspace; the version after it. */
export const appendFacts = async (
  client: ClientBase,
  { id, workspace, ver, spec }: Stands,
  facts: readonly TestEnvironmentEvent[],
  now: number,
): Promise<number> => {
  const stream = testEnvironmentStream(id);
  const common = { workspace, epoch: 0, time: now * 1000 };
  const events = facts.map((event, at): Envelope => {
    const { type } = event;
    const own = {
      stream,
      type,
      sv: testEnvironmentEventVersion(type),
      actor: 'environments',
      data: testEnvironmentData(event),
    };
    return { id: queueEventId(stream, ver + 1 + at), ...common, ...own };
  });
  const [result] = await appendBatches(client, [{ stream, expectedVer: ver, epoch: 0, events }]);
  if (result?.outcome !== 'applied')
    throw new Error(`${stream} was decided on under its lock and was answered ${result?.outcome ?? 'nothing'}`);
  const audit = configStream(workspace);
  const told = facts.flatMap((event, at): readonly Envelope[] => {
    const audited = auditOf(id, spec, event);
    if (audited === undefined) return [];
    const own = {
      id: queueEventId(`${stream}/audit`, ver + 1 + at),
      stream: audit,
      sv: configEventVersion(audited.type),
    };
    return [{ ...own, ...common, ...audited }];
  });
  if (told.length > 0) await appendAtEnd(client, audit, told);
  return result.ver;
};
