import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, ask, type Client } from './api.ts';
import { storedFlow } from './flows.ts';

// What is kept on the server and runs from there: flows, a suite and a schedule.

export interface Standing {
  readonly suite: string;
  readonly schedule: string;
  /** When the schedule was made, milliseconds since 1970: slots before it are nobody's. */
  readonly since: number;
}

export const CRON = '*/10 * * * * *';
const SUITE_FLOWS = 3;

const store = async (client: Client, name: string, late?: number): Promise<string> => {
  const { id } = await ask(client, '/flows', {
    body: { yaml: storedFlow(name, late) },
    idempotencyKey: randomUUID(),
  });
  return String(id);
};

/** Stores flows, a suite of them and a schedule, before anything goes wrong. */
export const makeStanding = async (client: Client, witness: string): Promise<Standing> => {
  const flows: string[] = [];
  for (let nth = 1; nth <= SUITE_FLOWS; nth++) flows.push(await store(client, `of a suite ${nth}`, 200));
  const suite = await ask(client, '/suites', {
    body: { name: 'standing', flows: flows.map((flow_id, order) => ({ flow_id, order, parallel: order === 2 })) },
  });
  const schedule = await ask(client, '/schedules', {
    body: {
      name: 'standing',
      flow_id: await store(client, 'of a schedule'),
      cron: CRON,
      overlap: 'allow',
      misfire: 'all',
      variables: { WITNESS: witness },
    },
  });
  return {
    suite: String(suite['id']),
    schedule: String(schedule['id']),
    since: Date.parse(String(schedule['created_at'])),
  };
};

/** Stops the schedule once it has fired every slot up to now, which it gives; whoever pauses it earlier drops what was not asked for. */
export const stopSchedule = async (client: Client, { schedule }: Standing, limitMs: number): Promise<number> => {
  const upTo = Date.now();
  const until = performance.now() + limitMs;
  while (performance.now() < until) {
    const { next_run_at } = await ask(client, `/schedules/${schedule}`);
    const { runs } = await ask(client, `/schedules/${schedule}/runs?limit=50`);
    const isStarted = (runs as readonly Answer[]).every(({ started_at }) => started_at !== null);
    if (Date.parse(String(next_run_at)) > upTo && isStarted) break;
    await sleep(200);
  }
  await ask(client, `/schedules/${schedule}/pause`, { method: 'POST' });
  return upTo;
};

/** Runs the suite every so often until the signal aborts; the suite runs that were promised. */
export const runSuites = async (
  { client, standing, witness }: { readonly client: Client; readonly standing: Standing; readonly witness: string },
  complain: (text: string) => void,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const promised: string[] = [];
  while (!signal.aborted) {
    try {
      const body = { variables: { WITNESS: witness } };
      const idempotencyKey = randomUUID();
      const run: Answer = await ask(client, `/suites/${standing.suite}/run`, { body, idempotencyKey });
      promised.push(String(run['id']));
    } catch (error) {
      complain(`suite: ${error instanceof Error ? error.message : String(error)}`);
    }
    await sleep(20_000, undefined, { signal }).catch(() => undefined); // the end of the chaos ends the rest
  }
  return promised;
};
