import { dataOf, type RunEvent, runEventVersion } from '@testmesh/domain';
import { eventId, Projector, runView, seededRandom, systemClock } from '@testmesh/runtime';
import { RUN_VIEWS } from '@testmesh/store-postgres';
import type { TestConfiguration } from '../configuration/configuration.fixture.ts';

/** Stands in every name of the filled workspace. */
export const MARK = 'ours-alone';
export const SECRET = 'hidden-behind-a-mask';
const flowText = (name: string): string => `flow:
  name: ${name}
  steps:
    - id: look
      action: http_request
      config: { method: GET, url: 'http://127.0.0.1:9/' }
`;
export const DEFINITION = flowText(MARK);

const FLOW = { description: MARK, suite: '', tags: [], file: 'f.yaml', definition: {}, files: {} };
const span = { file: 'f.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 };
const STEP = { path: 'look' as never, id: 'look', phase: 'steps' as const, action: 'http_request', span };
const PLACE = { context: MARK, namespace: MARK };
const LIFE: readonly RunEvent[] = [
  { type: 'RunStarted', seed: 's', constants: {}, plan: [STEP] },
  {
    type: 'EnvironmentEntered',
    environment: 'e1',
    name: MARK,
    ...PLACE,
    epoch: 1,
    reused: true,
    waitedMs: 1,
    routes: [],
  },
  { type: 'StepStarted', ...STEP, attempt: 1, effect: 'repeatable' },
  {
    type: 'StepCompleted',
    ...STEP,
    status: 'passed',
    excused: false,
    attempts: [{ status: 'passed', durationMs: 5, failures: [] }],
    durationMs: 5,
    assertions: [],
    checks: 1,
    captured: {},
    exchange: { kind: 'http', summary: '', request: { method: 'GET', url: 'http://127.0.0.1:9/orders/17' } },
  },
  { type: 'RunCompleted', verdict: 'passed', teardown: { status: 'none' }, outputs: {}, durationMs: 9 },
];

/** Ids of one thing of each kind, by the name of its root field. */
export type Filled = Readonly<
  Record<'environment' | 'apiKey' | 'flow' | 'suite' | 'run' | 'schedule' | 'dataset' | 'testEnvironment', string>
>;

/** What asks for a test environment. */
export const TEST_ENVIRONMENT = { name: MARK, context: MARK, namespace: MARK, provider_app_name: MARK };

const TIMES = 10;

/** Ten flows with a run, a suite that ran and a schedule of each. */
export const fill = async (world: TestConfiguration, workspace: string): Promise<Filled> => {
  const { storage } = world;
  const caller = { workspace, actor: 'test' };
  const look = { description: MARK, color: '#000000', isDefault: false, protected: false, routing: {} };
  const variables = [{ key: 'TOKEN', value: SECRET, description: '', secret: true, enabled: true }];
  const environment = made(await storage.environments.create(caller, { name: MARK, ...look, variables })).id;
  const apiKey = made(await storage.apiKeys.create(caller, { name: MARK, permissions: [] })).key.id;
  let last = { flow: '', suite: '', run: '', schedule: '' };
  for (let at = 0; at < TIMES; at++) {
    const name = `${MARK} ${at}`;
    const flow = made(await storage.flows.create(caller, { ...FLOW, name, text: flowText(name) })).id;
    const parts = [{ flowId: flow, position: 0, parallel: false }];
    const suite = made(await storage.suites.create(caller, { name, description: '', tags: [], parts })).id;
    const run = await oneRun(world, workspace, flow);
    const asked = {
      environment: null,
      confirmedEnvironment: null,
      variables: {},
      triggerKind: 'api',
      triggerId: null,
      requestedBy: MARK,
    };
    await storage.suiteRuns.add(workspace, { suiteId: suite, ...asked });
    const { id: schedule } = await post(world, workspace, ['/schedules', { name, flow_id: flow, cron: '@daily' }]);
    last = { flow, suite, run, schedule };
  }
  const { id: testEnvironment } = await post(world, workspace, ['/test-environments', TEST_ENVIRONMENT]);
  const { id: dataset } = await post(world, workspace, ['/datasets', { name: MARK, rows: [{ number: 17 }] }]);
  const told = `insert into testmesh.notifications (workspace_id, event, title, message) values ($1, 'failing', $2, '')`;
  await storage.pool.query(told, [workspace, MARK]);
  await project(world, RUN_VIEWS);
  return { environment, apiKey, dataset, testEnvironment, ...last };
};

const made = <Row>(change: { readonly ok: true; readonly value: Row } | { readonly ok: false }): Row => {
  if (!change.ok) throw new Error('a row was refused');
  return change.value;
};

const post = async (world: TestConfiguration, workspace: string, [path, payload]: readonly [string, object]) => {
  const headers = await world.headersOf(workspace);
  const response = await world.api.ask({ method: 'POST', url: `/api/v1${path}`, headers, payload });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json() as { readonly id: string };
};

const oneRun = async (world: TestConfiguration, workspace: string, flow: string): Promise<string> => {
  const { journal, queue } = world.storage;
  const { id } = await post(world, workspace, ['/executions', { flow_id: flow }]);
  const stream = `run-${id}`;
  const [claimed] = await queue.claim({ executor: 'e', pools: ['default'], slots: 1, leaseMs: 60_000 });
  const epoch = claimed?.epoch ?? 0;
  const events = LIFE.map((event, at) => ({
    id: eventId(stream, epoch, at + 3),
    stream,
    type: event.type,
    sv: runEventVersion(event.type),
    workspace,
    epoch,
    actor: 'e',
    time: 1_900_000_000_000_000 + at * 1000,
    data: dataOf(event),
  }));
  const { outcome } = await journal.append(stream, 2, epoch, events);
  if (outcome !== 'applied') throw new Error(`the append was answered ${outcome}`);
  return id;
};

const fault = (why: string): never => {
  throw new Error(why);
};

/** Has a projector of this name fold the whole journal. */
export const project = async ({ storage }: TestConfiguration, name: string): Promise<void> => {
  const { feed, journal, views, pool } = storage;
  const projector = new Projector({
    name,
    view: runView,
    feed,
    journal,
    store: views,
    clock: systemClock,
    random: seededRandom('graphql'),
    onFault: ({ error }) => fault(String(error)),
    onParked: (stream) => fault(`${stream} was parked`),
  });
  projector.start();
  for (let rows = 0; rows < TIMES; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const sql = `select count(*)::int as rows from testmesh.run_view where projector = $1 and status = 'finished'`;
    rows = (await pool.query<{ rows: number }>(sql, [name])).rows[0]?.rows ?? 0;
  }
  await projector.stop();
};
