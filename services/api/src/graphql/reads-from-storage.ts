import { outcomesOf, streamOf } from '@testmesh/commands';
import { readStreams } from '@testmesh/journal-postgres';
import type { Storage } from '@testmesh/service-kit';
import { flowOf } from '../configuration/flow-body.ts';
import { scheduleRunOf } from '../configuration/schedule-body.ts';
import { suiteOf, suiteRunOf } from '../configuration/suite-body.ts';
import type { BatchReads } from './batch-reads.ts';

/** Reads of many over PostgreSQL. */
export const readsFromStorage = (storage: Storage): BatchReads => ({
  runs: (workspace, ids) => storage.runViews.byRunIds(workspace, ids),
  histories: async (workspace, ids) => {
    const streams = await readStreams(storage.pool, storage.journal, ids.map(streamOf));
    const own = ids.flatMap((id) => {
      const events = streams.get(streamOf(id)) ?? [];
      return events[0]?.workspace === workspace ? [[id, events] as const] : [];
    });
    return new Map(own);
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
