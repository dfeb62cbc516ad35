import type { components } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import { ask, everyItem, type ServerOptions, tell } from '../remote/ask.ts';
import { table } from '../terminal/table.ts';
import { flowIdOf } from './flow.ts';

// Schedules of a server. One is known by its id or its name.

type Schedule = components['schemas']['Schedule'];

const everySchedule = (options: ServerOptions): Promise<readonly Schedule[]> =>
  everyItem(
    options,
    (client, query) => client.GET('/api/v1/schedules', { params: { query } }),
    (data: { schedules: Schedule[] }) => data.schedules,
  );

const oneSchedule = async (wanted: string, options: ServerOptions): Promise<Schedule> => {
  const [first, second] = (await everySchedule(options)).filter(({ id, name }) => [id, name].includes(wanted));
  if (first === undefined) throw new CommandEnd('nothing_matched', `the server has no schedule ${wanted}`);
  if (second === undefined) return first;
  throw new CommandEnd('usage', `several schedules are called ${wanted}: use the id, ${first.id} or ${second.id}`);
};

const printJson = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

export const listSchedules = async (options: ServerOptions): Promise<void> => {
  const found = await everySchedule(options);
  if (options.json === true) return void printJson(found);
  const rows = found.map(({ name, cron, timezone, status, next_run_at, last_run_result, id }) => [
    name,
    cron,
    timezone,
    status,
    next_run_at ?? '-',
    last_run_result ?? '-',
    id,
  ]);
  process.stdout.write(table(['NAME', 'CRON', 'ZONE', 'STATUS', 'NEXT', 'LAST', 'ID'], rows));
  for (const { name, problem } of found) if (problem !== null) process.stderr.write(`schedule ${name}: ${problem}\n`);
};

export interface CreateOptions extends ServerOptions {
  readonly cron: string;
  readonly timezone: string;
  readonly env?: string;
  readonly name?: string;
  readonly pool?: string;
  readonly priority?: number;
}

/** Has the server run one of its flows at the times of a cron expression. */
export const createSchedule = async (flow: string, options: CreateOptions): Promise<void> => {
  const body = {
    name: options.name ?? `${flow} ${options.cron}`,
    flow_id: await flowIdOf(flow, options),
    cron: options.cron,
    timezone: options.timezone,
    ...(options.env !== undefined && { environment: options.env }),
    ...(options.pool !== undefined && { pool: options.pool }),
    ...(options.priority !== undefined && { priority: options.priority }),
  };
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const made = await ask(options, (client) => client.POST('/api/v1/schedules', { body, headers }));
  process.stdout.write(`schedule ${made.name} · next ${made.next_run_at ?? 'never'} · ${made.id}\n`);
};

export const pauseSchedule = async (wanted: string, options: ServerOptions): Promise<void> => {
  const path = { id: (await oneSchedule(wanted, options)).id };
  await tell(options, (client) => client.POST('/api/v1/schedules/{id}/pause', { params: { path } }));
  process.stdout.write(`schedule ${wanted} is paused\n`);
};

export const resumeSchedule = async (wanted: string, options: ServerOptions): Promise<void> => {
  const path = { id: (await oneSchedule(wanted, options)).id };
  await tell(options, (client) => client.POST('/api/v1/schedules/{id}/resume', { params: { path } }));
  process.stdout.write(`schedule ${wanted} goes on\n`);
};

/** Runs it once now, beside its slots. */
export const triggerSchedule = async (wanted: string, options: ServerOptions): Promise<void> => {
  const path = { id: (await oneSchedule(wanted, options)).id };
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const started = await ask(options, (client) =>
    client.POST('/api/v1/schedules/{id}/trigger', { params: { path }, headers }),
  );
  const { execution_id: run, suite_run_id: suite, dataset_run_id: overDataset } = started;
  if (run !== null) process.stdout.write(`run ${run}\n`);
  else process.stdout.write(suite === null ? `dataset run ${overDataset}\n` : `suite run ${suite}\n`);
  if (typeof started.waiting_for === 'string') process.stderr.write(`it waits: ${started.waiting_for}\n`);
};

export const deleteSchedule = async (wanted: string, options: ServerOptions): Promise<void> => {
  const { id, version } = await oneSchedule(wanted, options);
  const headers = { 'if-match': `"${version}"` };
  await tell(options, (client) => client.DELETE('/api/v1/schedules/{id}', { params: { path: { id } }, headers }));
  process.stdout.write(`schedule ${wanted} is deleted\n`);
};

/** When it fired and what came of it, newest first. */
export const scheduleHistory = async (wanted: string, options: ServerOptions): Promise<void> => {
  const path = { id: (await oneSchedule(wanted, options)).id };
  const { runs } = await ask(options, (client) =>
    client.GET('/api/v1/schedules/{id}/runs', { params: { path, query: { limit: 50 } } }),
  );
  if (options.json === true) return void printJson(runs);
  const rows = runs.map((run) => [
    run.scheduled_at,
    run.result ?? run.status,
    run.execution_id ?? run.suite_run_id ?? run.dataset_run_id ?? '-',
    run.error ?? (run.manual ? 'by hand' : ''),
  ]);
  process.stdout.write(table(['SLOT', 'RESULT', 'RUN', ''], rows));
};
