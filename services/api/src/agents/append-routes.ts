import { Problem } from '@testmesh/contracts';
import type { RecordedEvent } from '@testmesh/domain';
import type { AppendResult } from '@testmesh/ports';
import type { Route } from '../http/route.ts';
import type { Admitted } from './guard.ts';
import { type ProtocolDeps, protocolRoute } from './protocol-deps.ts';
import { appendBody, appendRequest, eventsBody, eventsQuery, LARGE_BYTES, MOST_CHARACTERS, runParams } from './wire.ts';

// What an agent tells of its runs, and reads of them.

const appends = (deps: ProtocolDeps): Route =>
  protocolRoute({
    method: 'POST',
    path: '/api/v1/agent/appends',
    operationId: 'agentAppend',
    summary: 'Append to runs; each is answered for itself',
    body: appendRequest,
    mostBytes: LARGE_BYTES,
    responses: { 200: appendBody },
    handle: async ({ body, agent }) => {
      const characters = body.batches.reduce((sum, { events }) => sum + events.length, 0);
      if (characters > MOST_CHARACTERS) {
        throw new Problem('too-large', `events of one request have ${MOST_CHARACTERS} characters together at most`);
      }
      const asked = body.batches.map(({ run_id, epoch, expected_ver, events }) => ({
        ...{ runId: run_id, epoch, expectedVer: expected_ver, events },
      }));
      const admitted = await deps.guard.admit(agent, asked);
      const batches = admitted.flatMap((one) => (one.ok ? [one.batch] : []));
      const answers = await deps.journal.appendMany(batches);
      await tell(deps, batches, answers);
      return { status: 200, body: { results: inOrder(admitted, answers) } };
    },
  });

type Answer = AppendResult | { readonly outcome: 'refused'; readonly reason: string };

const inOrder = (admitted: readonly Admitted[], answers: readonly AppendResult[]): readonly Answer[] => {
  const left = [...answers];
  return admitted.map((one) => {
    if (!one.ok) {
      const { ok: _, ...refusal } = one;
      return refusal;
    }
    const answer = left.shift();
    if (answer === undefined) throw new Error(`the journal did not say what became of ${one.batch.stream}`);
    return answer;
  });
};

/** Listeners are told after the facts are durable: what they then read is there. */
const tell = async (
  { wakeups, guard }: ProtocolDeps,
  batches: readonly Extract<Admitted, { readonly ok: true }>['batch'][],
  answers: readonly AppendResult[],
): Promise<void> => {
  if (batches.length === 0) return;
  for (const [at, { stream, events }] of batches.entries()) {
    const runId = stream.replace(/^run-/, '');
    wakeups.wake(`run.${runId}`);
    if (answers[at]?.outcome === 'applied' && events.at(-1)?.type === 'RunCompleted') await guard.ended(runId);
  }
  wakeups.wake('journal');
};

const PAGE = 500;
const PAGE_BYTES = 4_000_000;

const events = ({ guard, journal }: ProtocolDeps): Route =>
  protocolRoute({
    method: 'GET',
    path: '/api/v1/agent/runs/:run_id/events',
    operationId: 'agentEvents',
    summary: 'What happened in a run so far',
    params: runParams,
    query: eventsQuery,
    responses: { 200: eventsBody },
    handle: async ({ params, query, agent }) => {
      await guard.demandHeld(agent, { runId: params.run_id, epoch: query.epoch });
      const page: RecordedEvent[] = [];
      let bytes = 0;
      for await (const event of journal.read(`run-${params.run_id}`, query.after)) {
        if (page.length === PAGE || bytes > PAGE_BYTES) return { status: 200, body: { events: page, more: true } };
        page.push(event);
        bytes += JSON.stringify(event.data).length;
      }
      return { status: 200, body: { events: page, more: false } };
    },
  });

export const appendRoutes = (deps: ProtocolDeps): readonly Route[] => [appends(deps), events(deps)];
