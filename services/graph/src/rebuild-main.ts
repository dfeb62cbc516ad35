import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { localWakeups } from '@testmesh/bus-local';
import { systemClock } from '@testmesh/runtime';
import { faultLog, processLog, StartRefused, type Storage, serviceSettings, storageOf } from '@testmesh/service-kit';
import { createProjections } from './projections.ts';

// Folds all views anew from the journal while everything runs, and shows them when they are level with it. The projection
// services do the work; this process is one more of them until it is done, so that it also works where none is.
//   rebuild-views.mjs            begins, tells how far it is, and ends when the old rows are gone
//   rebuild-views.mjs --resume   goes along with one that is under way
//   rebuild-views.mjs --cancel   gives it up
//   DATABASE_URL, DATABASE_PASSWORD, TESTMESH_ENCRYPTION_KEYS: as for every service, see docs/server.md

const LOOKS_EVERY_MS = 500;

const log = processLog('rebuild-views');
const say = (words: string): boolean => process.stdout.write(`${words}\n`);

const progress = async ({ viewSets, views, shareRead }: Storage): Promise<string | undefined> => {
  const { shown, rebuild } = await viewSets.now();
  if (rebuild === undefined || rebuild.tidiedAt !== null) return undefined;
  const { projector, phase } = rebuild;
  if (phase !== 'building') return `${shown} is shown; the rows of the other set are deleted`;
  const share = await shareRead(await views.cursor(projector));
  const parked = [...(await views.parked(projector))];
  const [stream, why] = parked[0] ?? [];
  const aside =
    why === undefined ? '' : `; set aside: ${parked.length}, the first is ${stream} at ${why.ver}: ${why.error}`;
  return `${projector}: ${Math.floor(100 * share)} % of the journal${aside}`;
};

const followed = async (storage: Storage, signal: AbortSignal): Promise<void> => {
  for (let last = ''; ; ) {
    const words = await progress(storage);
    if (words === undefined) break;
    if (words !== last) say(words);
    last = words;
    await sleep(LOOKS_EVERY_MS, undefined, { signal });
  }
  const { shown, rebuild } = await storage.viewSets.now();
  say(rebuild?.phase === 'switched' ? `done: ${shown} is shown` : `given up: ${shown} is shown as before`);
};

const demandRebuild = async ({ viewSets }: Storage, { resume, cancel }: { resume: boolean; cancel: boolean }) => {
  if (cancel && !(await viewSets.cancel())) throw new Error('no rebuild is under way that has not been decided yet');
  if (resume || cancel) {
    const { rebuild } = await viewSets.now();
    if (rebuild === undefined || rebuild.tidiedAt !== null) throw new Error('no rebuild is under way');
  } else if ((await viewSets.begin('rebuild-views')) === undefined) {
    throw new Error('a rebuild is under way already: --resume goes along with it, --cancel gives it up');
  }
};

const rebuildViews = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { resume: { type: 'boolean', default: false }, cancel: { type: 'boolean', default: false } },
  });
  await using started = new AsyncDisposableStack();
  const stopped = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.abort(new Error(signal)));
  const storage = await storageOf(serviceSettings(process.env), {
    application: 'rebuild-views',
    log,
    clock: systemClock,
  });
  started.defer(storage.close);
  await demandRebuild(storage, values);
  const projections = createProjections({
    storage,
    wakeups: localWakeups(),
    clock: systemClock,
    onFault: faultLog(log),
    onParked: (stream, ver, error) => log.error({ stream, ver }, `the view of ${stream} was set aside: ${error}`),
  });
  await projections.start();
  started.defer(projections.stop);
  await followed(storage, stopped.signal);
};

try {
  await rebuildViews();
} catch (error) {
  const isStopped = error instanceof Error && error.name === 'AbortError';
  const problem = error instanceof Error ? error.message : String(error);
  const words = isStopped ? 'stopped: the projection services go on, or --resume does' : problem;
  process.stderr.write(`${words}\n`);
  process.exitCode = error instanceof StartRefused ? 2 : 1;
}
