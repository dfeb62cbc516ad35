import { startFaultProxy } from '@testmesh/testing/fault-proxy';
import { median } from '../../measure.ts';
import { startService } from '../../workload.ts';
import { startApi } from '../api.ts';
import { startExecutor, startSiteAgent } from '../processes.ts';
import { type PlatformRow, perSecond } from '../row.ts';
import { WORKSPACE } from '../runs.ts';
import { type Database, freshDatabase } from '../world.ts';
import { stepsPerSecond } from './steps.ts';

const SLOTS = 16;
const PAIRS = 5;
const POOL = 'site';
/** Of each direction; there and back it is twice as much. */
const DELAY_MS = 10;

const tokenFor = async ({ storage }: Database): Promise<string> => {
  const made = await storage.siteAgents.create(
    { workspace: WORKSPACE, actor: 'bench' },
    { name: 'bench', pools: [POOL] },
  );
  if (!made.ok) throw new Error(`the agent was refused: ${made.refusal}`);
  return made.value.text;
};

export const siteAgent: PlatformRow = {
  name: 'site-agent',
  what: `recorded HTTP steps of one site agent, ${2 * DELAY_MS} ms from the API and back: 20 runs × 100 steps, ${SLOTS} at once, fsync on`,
  against: 'an executor beside the database',
  unit: '%',
  target: { least: 50 },
  measure: async () => {
    await using database = await freshDatabase();
    using service = await startService();
    await using api = await startApi(database);
    const way = await startFaultProxy({ port: api.port });
    way.delay(DELAY_MS);
    await using _closing = { [Symbol.asyncDispose]: () => way.close() };
    await using _executor = await startExecutor(database, { TESTMESH_SLOTS: String(SLOTS) });
    await using _agent = await startSiteAgent({
      TESTMESH_SERVER: `http://127.0.0.1:${way.port}`,
      TESTMESH_AGENT_TOKEN: await tokenFor(database),
      TESTMESH_POOLS: POOL,
      TESTMESH_SLOTS: String(SLOTS),
    });
    const local = () => stepsPerSecond(database, service.url);
    const remote = () => stepsPerSecond(database, service.url, { pool: POOL });
    await local();
    await remote();
    const pairs: { readonly local: number; readonly remote: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) pairs.push({ local: await local(), remote: await remote() });
    return [
      {
        ours: perSecond(median(pairs.map((pair) => pair.remote)), 'steps'),
        baseline: perSecond(median(pairs.map((pair) => pair.local)), 'steps'),
        figure: median(pairs.map((pair) => (100 * pair.remote) / pair.local)),
      },
    ];
  },
};
