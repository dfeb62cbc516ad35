import { outcomesOf, streamOf } from '@testmesh/commands';
import { readStream, readStreams, streamSizes } from '@testmesh/journal-postgres';
import type { Storage } from '@testmesh/service-kit';
import { flowOf } from '../configuration/flow-body.ts';
import { scheduleRunOf } from '../configuration/schedule-body.ts';
import { suiteOf, suiteRunOf } from '../configuration/suite-body.ts';
import type { BatchReads } from './batch-reads.ts';

/** Reads of many over PostgreSQL. */
export const readsFromStorage = (storage: Storage): BatchReads => ({
  runs: (workspace, ids) => storage.runViews.byRunIds(workspace, ids),
  sizes: async (workspace, ids, page) => {
    const sizes = await streamSizes(storage.pool, ids.map(streamOf), page);
    const of = (id: string) => sizes.get(streamOf(id));
    const own = ids.flatMap((id) => {
      const size = of(id);
      return size?.workspace === workspace ? [[id, size] as const] : [];
    });
    return { known: new Map(own), archived: ids.filter((id) => of(id) === undefined) };
  },
  histories: async (_workspace, ids, page) => {
    const streams = await readStreams(storage.pool, ids.map(streamOf), page);
    return new Map(ids.map((id) => [id, streams.get(streamOf(id)) ?? []]));
  },
  archived: async (workspace, id, page) => {
    const [first] = await readStream(storage.journal, streamOf(id), { after: 0, limit: 1 });
    return first?.workspace === workspace ? readStream(storage.journal, streamOf(id), page) : undefined;
  },
  flows: async (workspace, ids) => {
    const flows = await storage.flows.byIds(workspace, ids);
    return new Map(flows.map((flow) => [flow.id, flowOf(workspace, flow)]));
  },
  suites: async (workspace, ids) => {
    const suites = await storage.suites.byIds(workspace, ids);
    return new Map(suites.map((suite) => [suite.id, suiteOf(workspace, suite)]));
  },
  runsOfFlows: async (workspace, ids, limit) => {
    const rows = await storage.runViews.latestOfFlows(workspace, ids, limit);
    return grouped(rows, (row) => row.flowId ?? '');
  },
  runsOfSchedules: async (workspace, ids, limit) => {
    const runs = await storage.scheduleRuns.latest(workspace, ids, limit);
    return grouped(runs.map(scheduleRunOf), (run) => run.schedule_id);
  },
  runsOfSuites: async (workspace, ids, limit) => {
    const runs = await storage.suiteRuns.latest(workspace, ids, limit);
    const members = runs.flatMap((run) => run.members.flatMap(({ runId }) => runId ?? []));
    const rows = await storage.runViews.byRunIds(workspace, members);
    const known = { runViews: { byRunIds: async () => rows } };
    const shown = await Promise.all(runs.map(async (run) => suiteRunOf(run, await outcomesOf(known, run))));
    return grouped(shown, (run) => run.suite_id);
  },
});

const grouped = <Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> =>
  Map.groupBy(items, keyOf);
