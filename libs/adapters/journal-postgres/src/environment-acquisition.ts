// A run's way to an environment. Runs that want the same context come one after the other; the environments of the context are
// locked before the choice, so that what was chosen is what happens.
import {
  awaitedAttempt,
  type Candidate,
  type Choice,
  chooseEnvironment,
  endedByItself,
  isOver,
  type LiveEnvironment,
  type TestEnvironmentCommand,
  type TestEnvironmentSpec,
  type TestEnvironmentState,
  type WaitingRun,
} from '@testmesh/domain';
import type { AcquireOutcome, AcquireRequest } from '@testmesh/ports';
import type { ClientBase } from 'pg';
import { registerEnvironment } from './environment-registration.ts';
import { decideOn, type EnvironmentRow, lockRows, type Moment } from './test-environment-row.ts';

export const acquireEnvironment = async (moment: Moment, request: AcquireRequest): Promise<AcquireOutcome> => {
  const { client, now } = moment;
  const { run, workspace, onBusy, context } = request;
  const key = `journal.test_environments/${JSON.stringify([workspace, context])}`;
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
  const rows = await lockRows(client, OF_CONTEXT, [workspace, context]);
  for (const row of rows.filter(({ state }) => isOver(state as LiveEnvironment, now)))
    await must(client, row, { type: 'ExpireTestEnvironment', now });
  const choice = chooseEnvironment({ run, onBusy, now }, await candidates(moment, rows));
  return choice.choice === 'register' ? register(moment, request) : carryOut(moment, request, choice, rows);
};

/** A new life of the context. */
const register = async (moment: Moment, request: AcquireRequest): Promise<AcquireOutcome> => {
  const { run, workspace, environment } = request;
  const { id, spec = await lastSpec(moment, request) } = environment;
  if (spec === undefined) return { outcome: 'none' };
  const registered = await registerEnvironment(moment, { id, spec, workspace, by: `run ${run}` });
  if (registered.ok) return wait(moment, request, id, registered.environment.state as LiveEnvironment);
  const { refusal } = registered;
  if (refusal === 'TestEnvironmentAlreadyRegistered') throw new Error(`${id} was used before`);
  const name = refusal === 'NamespaceTaken' ? spec.namespace : (spec.applicationName ?? '');
  return { outcome: 'refused', refusal, name };
};

const LAST = `select state from journal.test_environments where workspace = $1 and context = $2 order by seq desc limit 1`;

/** U5: how the last of the context was, unless somebody wanted its end. */
const lastSpec = async (
  { client }: Moment,
  { workspace, context }: AcquireRequest,
): Promise<TestEnvironmentSpec | undefined> => {
  const { rows } = await client.query<{ readonly state: TestEnvironmentState }>(LAST, [workspace, context]);
  const last = rows[0]?.state;
  return last !== undefined && last.status !== 'absent' && endedByItself(last) ? last.spec : undefined;
};

const OF_CONTEXT = `where e.workspace = $1 and e.context = $2 and e.status <> 'destroyed'
  order by h.stream for update of h, e`;

interface WaitRow extends WaitingRun {
  readonly environment: string;
}

// Who was not heard of in time waits no more.
const WAITING = `with gone as (
    delete from journal.test_environment_waits where environment = any ($1::text[]) and wait_until < $2 returning run)
  select run, environment, attempt from journal.test_environment_waits
  where environment = any ($1::text[]) and run not in (select run from gone) order by seq`;

const candidates = async ({ client, now }: Moment, rows: readonly EnvironmentRow[]): Promise<readonly Candidate[]> => {
  const ids = rows.map(({ id }) => id);
  const { rows: waits } = await client.query<WaitRow>(WAITING, [ids, now]);
  const byEnvironment = Map.groupBy(waits, ({ environment }) => environment);
  return rows.map(({ id, state }) => ({
    id,
    state: state as LiveEnvironment,
    waiting: (byEnvironment.get(id) ?? []).map(({ run, attempt }) => ({ run, attempt })),
  }));
};

const carryOut = async (
  moment: Moment,
  request: AcquireRequest,
  choice: Exclude<Choice, { readonly choice: 'register' }>,
  rows: readonly EnvironmentRow[],
): Promise<AcquireOutcome> => {
  const { client, now } = moment;
  const row = rows.find(({ id }) => id === choice.id);
  if (row === undefined) throw new Error(`${choice.id} was chosen and is not among the environments of its context`);
  switch (choice.choice) {
    case 'acquire':
      await must(client, row, { type: 'AcquireTestEnvironment', run: request.run, now });
      return hold(moment, request, row);
    case 'held':
      return hold(moment, request, row);
    case 'retry':
      await must(client, row, { type: 'StartProvisioning', now });
      return wait(moment, request, row.id, row.state as LiveEnvironment);
    case 'wait':
      return wait(moment, request, row.id, row.state as LiveEnvironment);
    case 'failed':
      await leave(client, request.run);
      return { outcome: 'failed', id: row.id, error: choice.error };
    case 'busy':
      return { outcome: 'busy', id: row.id, holder: row.state.status === 'running' ? row.state.run : undefined };
  }
};

// Who has it waits no more.
const HOLD = `with gone as (delete from journal.test_environment_waits where run = $3)
  update journal.test_environments set lease_until = $2 where id = $1`;

const hold = async (
  { client, now }: Moment,
  { run, leaseMs }: AcquireRequest,
  row: EnvironmentRow,
): Promise<AcquireOutcome> => {
  await client.query(HOLD, [row.id, now + leaseMs, run]);
  const { spec, epoch, resources } = row.state;
  return { outcome: 'acquired', id: row.id, epoch, spec, resources };
};

// Who waits already keeps the place and the provisioning it waits for.
const WAIT = `insert into journal.test_environment_waits (run, environment, attempt, wait_until) values ($1, $2, $3, $4)
  on conflict (run) do update set wait_until = excluded.wait_until`;

const wait = async (
  { client, now }: Moment,
  { run, waitMs }: AcquireRequest,
  id: string,
  state: LiveEnvironment,
): Promise<AcquireOutcome> => {
  await client.query('delete from journal.test_environment_waits where run = $1 and environment <> $2', [run, id]);
  await client.query(WAIT, [run, id, awaitedAttempt(state), now + waitMs]);
  return { outcome: 'waiting', id, status: state.status };
};

const leave = (client: ClientBase, run: string) =>
  client.query('delete from journal.test_environment_waits where run = $1', [run]);

const must = async (client: ClientBase, row: EnvironmentRow, command: TestEnvironmentCommand): Promise<void> => {
  const refusal = await decideOn(client, row, command);
  if (refusal !== undefined) throw new Error(`${command.type} was chosen for ${row.id} and refused: ${refusal}`);
};
