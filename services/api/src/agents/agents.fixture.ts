import { dataOf, type Envelope, type RunEvent, runEventVersion } from '@testmesh/domain';
import { RemoteRuns, Transport, wayOut } from '@testmesh/journal-remote';
import type { ClaimedRun } from '@testmesh/ports';
import { eventId, seededRandom, systemClock } from '@testmesh/runtime';
import { startConfiguration, type TestConfiguration } from '../configuration/configuration.fixture.ts';

/** An agent that a test speaks for. */
export interface TestAgent {
  readonly id: string;
  readonly token: string;
  readonly runs: RemoteRuns;
  /** What the server would not take, in its words. */
  readonly refused: string[];
  /** Sends whatever a test wants. */
  readonly send: (method: string, path: string, body?: object) => Promise<{ status: number; body: Answer }>;
}

type Answer = Readonly<Record<string, unknown>>;

export interface AgentWorld {
  readonly world: TestConfiguration;
  readonly url: string;
  readonly workspace: string;
  readonly headers: Record<string, string>;
  readonly ask: (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
  ) => Promise<{ status: number; body: Answer }>;
  readonly agent: (name: string, pools: readonly string[], headers?: Record<string, string>) => Promise<TestAgent>;
  readonly close: () => Promise<void>;
}

/** The API over PostgreSQL, with one workspace and an address. */
export const startAgentWorld = async (postgres: string): Promise<AgentWorld> => {
  const world = await startConfiguration(postgres);
  const workspace = await world.workspace('one');
  const headers = await world.headersOf(workspace);
  await world.api.app.listen(0, '127.0.0.1');
  const url = await world.api.app.getUrl();
  const dispatcher = wayOut({});
  const askAs =
    (who: Record<string, string>) => async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
      const asked = { method, url: `/api/v1${path}`, headers: who, ...(payload !== undefined && { payload }) };
      const { statusCode, body } = await world.api.ask(asked);
      return { status: statusCode, body: body === '' ? {} : (JSON.parse(body) as Answer) };
    };
  const agent: AgentWorld['agent'] = async (name, pools, who = headers) => {
    const { body } = await askAs(who)('POST', '/agents', { name, pools });
    const [id, token] = [String(body['id']), String(body['token'])];
    const instance = 'host-1';
    const refused: string[] = [];
    const transport = new Transport({
      ...{ url, instance, dispatcher, clock: systemClock, random: seededRandom(name) },
      token: async () => token,
    });
    const runs = new RemoteRuns({ transport, waitMs: () => 0, onRefused: (_run, why) => refused.push(why) });
    const send: TestAgent['send'] = async (method, path, asked) => {
      const answer = await fetch(`${url}/api/v1/agent${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          'testmesh-instance': instance,
          ...(asked !== undefined && { 'content-type': 'application/json' }),
        },
        ...(asked !== undefined && { body: JSON.stringify(asked) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer) };
    };
    return { id, token, runs, refused, send };
  };
  const close = async () => {
    await dispatcher.destroy();
    await world.close();
  };
  return { world, url, workspace, headers, ask: askAs(headers), agent, close };
};

/** Facts of a run as its executor tells them. */
export const told = (
  { runId, epoch, workspace }: Pick<ClaimedRun, 'runId' | 'epoch' | 'workspace'>,
  from: number,
  ...events: readonly RunEvent[]
): readonly Envelope[] =>
  events.map((event, at) => ({
    id: eventId(`run-${runId}`, epoch, from + at),
    stream: `run-${runId}`,
    type: event.type,
    sv: runEventVersion(event.type),
    workspace,
    epoch,
    actor: 'whoever',
    time: Date.UTC(2030, 0, 1) * 1000,
    data: dataOf(event),
  }));
