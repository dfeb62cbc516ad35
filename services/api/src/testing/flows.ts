import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { eventId } from '@testmesh/runtime';
import type { TestApi } from './api.fixture.ts';

/** A valid flow of one step. */
export const PING = `flow:
  name: ping
  tags: [smoke]
  steps:
    - id: ping
      action: http_request
      config: { method: GET, url: 'http://127.0.0.1:9/' }
      assert: [status == 200]
`;

/** Asks for a run and answers its id. */
export const requested = async (
  { app }: TestApi,
  key: string,
  payload: object = { definition: PING },
): Promise<string> => {
  const response = await app.inject({
    method: 'POST',
    url: '/api/v1/executions',
    headers: { 'x-api-key': key },
    payload,
  });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json().id;
};

/** Writes facts of a run as its executor would. */
export const written = ({ journal, live }: TestApi, runId: string, ...events: readonly RunEvent[]): void => {
  const stream = `run-${runId}`;
  const before = journal.eventsOf(stream);
  const { workspace = '', epoch = 0 } = before.at(-1) ?? {};
  const batch = events.map((event, at) => ({
    id: eventId(stream, epoch, before.length + at + 1),
    stream,
    type: event.type,
    sv: runEventVersion(event.type),
    workspace,
    epoch,
    actor: 'executor',
    time: 1_900_000_000_000_000 + (before.length + at) * 1000,
    data: dataOf(event),
  }));
  const { outcome } = journal.appendNow({ stream, expectedVer: before.length, epoch, events: batch });
  if (outcome !== 'applied') throw new Error(`the append was answered ${outcome}`);
  live.tell(runId, journal.eventsOf(stream).slice(before.length));
};

const span = { file: 'definition.yaml', line: 5, column: 7, endLine: 8, endColumn: 28 };
const step = { path: 'ping' as never, id: 'ping', phase: 'steps', action: 'http_request', span } as const;

export const started: RunEvent = { type: 'RunStarted', seed: 's', constants: {}, plan: [step] };
export const stepStarted: RunEvent = { type: 'StepStarted', attempt: 1, effect: 'repeatable', ...step };
export const stepFailed: RunEvent = {
  type: 'StepCompleted',
  ...step,
  status: 'failed',
  excused: false,
  attempts: [{ status: 'failed', durationMs: 12, failures: ['status == 200'] }],
  durationMs: 12,
  assertions: [{ expression: 'status == 200', group: 'all', passed: false, actual: 500, expected: 200, values: [] }],
  checks: 1,
  output: { status: 500 },
  captured: { code: 500 },
  exchange: { kind: 'http', summary: 'GET http://127.0.0.1:9/ → 500' },
};
export const failed: RunEvent = {
  type: 'RunCompleted',
  verdict: 'failed',
  reason: 'ping: status == 200 does not hold',
  teardown: { status: 'none' },
  outputs: {},
  durationMs: 15,
};
