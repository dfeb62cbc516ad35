import type { NotificationEvent } from '@testmesh/ports';
import type { Outcome, Subject } from './health.ts';
import { type Queryable, uuid } from './rows.ts';
import { storable } from './view-columns.ts';

// A message is kept for people to read and put into the outbox, in the transaction that decided on it.

interface News {
  readonly event: NotificationEvent;
  /** Failures in a row. */
  readonly failures: number;
}

/** What the subject is called, and what people want to hear of it. */
interface Wanted {
  readonly name: string;
  readonly environment: string | null;
  readonly events: readonly NotificationEvent[];
  /** Told beside the channels. */
  readonly emails: readonly string[];
}

/** News that is older than this is none: what was missed for so long is history. */
const FRESH_MS = 24 * 60 * 60 * 1000;

export const notify = async (client: Queryable, outcome: Outcome, news: News): Promise<void> => {
  const wanted = await WANTED[outcome.subject.kind](client, outcome.subject);
  if (wanted === undefined || !wanted.events.includes(news.event)) return;
  const { rows } = await client.query<{ isFresh: boolean }>(
    `select to_timestamp($1::float8 / 1000) > now() - make_interval(secs => $2) as "isFresh"`,
    [outcome.endedAt, FRESH_MS / 1000],
  );
  if (rows[0]?.isFresh !== true) return;
  const id = await keepNotification(client, outcome, { news, wanted });
  await client.query(TO_CHANNELS, [id, uuid(outcome.workspace), news.event, outcome.subject.kind]);
  if (wanted.emails.length > 0) await client.query(TO_EMAILS, [id, uuid(outcome.workspace), wanted.emails]);
};

const TO_CHANNELS = `insert into testmesh.deliveries (workspace_id, notification_id, channel_id)
  select workspace_id, $1, id from testmesh.notification_channels
  where workspace_id = $2 and enabled and $3 = any(events) and $4 = any(about)`;

// A schedule's own addresses are served by the workspace's first e-mail channel; without one the delivery is dead, and says why.
const TO_EMAILS = `insert into testmesh.deliveries (workspace_id, notification_id, channel_id, recipients)
  select $2, $1, (select id from testmesh.notification_channels
    where workspace_id = $2 and kind = 'email' and enabled order by created_at, id limit 1), $3::text[]`;

type FindWanted = (client: Queryable, subject: Subject) => Promise<Wanted | undefined>;

interface ScheduleRow {
  readonly name: string;
  readonly environment: string | null;
  readonly failure: boolean;
  readonly recovery: boolean;
  readonly success: boolean;
  readonly emails: readonly string[];
}

const ofSchedule: FindWanted = async (client, { id }) => {
  const { rows } = await client.query<ScheduleRow>(
    `select name, environment, notify_on_failure as failure, notify_on_recovery as recovery,
       notify_on_success as success, notify_emails as emails from testmesh.schedules where id = $1`,
    [uuid(id)],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const events: NotificationEvent[] = [];
  if (row.failure) events.push('failing');
  if (row.failure && row.recovery) events.push('recovered');
  if (row.success) events.push('passed', 'recovered');
  return { name: row.name, environment: row.environment, events, emails: row.emails };
};

const named =
  (table: 'suites' | 'flows'): FindWanted =>
  async (client, { id }) => {
    const sql = `select name from testmesh.${table} where id = $1 and deleted_at is null`;
    const { rows } = await client.query<{ name: string }>(sql, [uuid(id)]);
    const [row] = rows;
    return row && { name: row.name, environment: null, events: ['failing', 'recovered'], emails: [] };
  };

const WANTED: Readonly<Record<Subject['kind'], FindWanted>> = {
  schedule: ofSchedule,
  suite: named('suites'),
  flow: named('flows'),
};

const keepNotification = async (
  client: Queryable,
  outcome: Outcome,
  { news, wanted }: { readonly news: News; readonly wanted: Wanted },
): Promise<string> => {
  const environment = wanted.environment ?? (outcome.environment === '' ? null : outcome.environment);
  const { rows } = await client.query<{ id: string }>(
    `insert into testmesh.notifications
       (workspace_id, event, title, message, subject_kind, subject_id, subject_name, environment, run_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      uuid(outcome.workspace),
      news.event,
      storable(titleOf(outcome.subject, wanted.name, news)),
      storable(textOf(outcome, environment, news)),
      outcome.subject.kind,
      uuid(outcome.subject.id),
      wanted.name,
      environment,
      outcome.slot === undefined ? outcome.runId : null,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a notification was not kept');
  return row.id;
};

const titleOf = ({ kind }: Subject, name: string, { event, failures }: News): string => {
  const subject = `${kind} ${name}`;
  switch (event) {
    case 'failing':
      return `${subject} began to fail`;
    case 'recovered':
      return `${subject} recovered after ${failures} ${failures === 1 ? 'failure' : 'failures'}`;
    case 'passed':
      return `${subject} passed`;
    case 'test':
      return `${subject}: a test`;
  }
};

const textOf = ({ verdict, reason, runId, slot }: Outcome, environment: string | null, { event }: News): string => {
  const place = environment === null ? '' : ` in ${environment}`;
  const why = event === 'failing' && reason !== null ? `: ${reason}` : '';
  if (slot !== undefined) return `its slot of ${new Date(slot).toISOString()}${place} could not be run${why}`;
  return `run ${runId}${place} ${verdict === 'timed_out' ? 'timed out' : VERBS[verdict]}${why}`;
};

const VERBS = { passed: 'passed', failed: 'failed', error: 'ended in error', cancelled: 'was cancelled' } as const;
