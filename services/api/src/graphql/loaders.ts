import type { RunRow } from '@testmesh/views';
import DataLoader from 'dataloader';
import type { BatchReads, HistoryPage } from './batch-reads.ts';
import type { HistoryAllowance } from './history-allowance.ts';
import { type History, historyLoader } from './history-loader.ts';
import type { Row } from './type-book.ts';

// Many asked for at once: however many rows a field is resolved for, what lies behind it is read by one statement.

export interface Loaders {
  readonly run: DataLoader<string, RunRow | undefined>;
  /** A page of a run's events; one loader for each page that is asked for. */
  readonly history: (page: HistoryPage) => DataLoader<string, History | undefined>;
  readonly flow: DataLoader<string, Row | undefined>;
  readonly suite: DataLoader<string, Row | undefined>;
  /** The latest of each owner; one loader for each length that is asked for. */
  readonly runsOfFlow: (limit: number) => DataLoader<string, readonly RunRow[]>;
  readonly runsOfSchedule: (limit: number) => DataLoader<string, readonly Row[]>;
  readonly runsOfSuite: (limit: number) => DataLoader<string, readonly Row[]>;
}

type ReadMany<Found> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Found>>;

const loaderOf = <Found>(read: ReadMany<Found>): DataLoader<string, Found | undefined> =>
  new DataLoader(async (keys) => {
    const found = await read([...new Set(keys)]);
    return keys.map((key) => found.get(key));
  });

const listsOf = <Item>(read: ReadMany<readonly Item[]>): DataLoader<string, readonly Item[]> =>
  new DataLoader(async (keys) => {
    const found = await read([...new Set(keys)]);
    return keys.map((key) => found.get(key) ?? []);
  });

const byLimit = <Item>(make: (limit: number) => DataLoader<string, readonly Item[]>) => {
  const made = new Map<number, DataLoader<string, readonly Item[]>>();
  return (limit: number): DataLoader<string, readonly Item[]> => {
    const loader = made.get(limit) ?? make(limit);
    made.set(limit, loader);
    return loader;
  };
};

const byPage = <Loader>(make: (page: HistoryPage) => Loader) => {
  const made = new Map<string, Loader>();
  return (page: HistoryPage): Loader => {
    const key = `${page.after} ${page.limit}`;
    const loader = made.get(key) ?? make(page);
    made.set(key, loader);
    return loader;
  };
};

/** The loaders of one request, for one workspace: what they remember is never seen by another caller. */
export const loadersFor = (reads: BatchReads, workspace: string, allowance: HistoryAllowance): Loaders => ({
  run: loaderOf((ids) => reads.runs(workspace, ids)),
  history: byPage((page) => historyLoader(reads, { workspace, page, allowance })),
  flow: loaderOf((ids) => reads.flows(workspace, ids)),
  suite: loaderOf((ids) => reads.suites(workspace, ids)),
  runsOfFlow: byLimit((limit) => listsOf((ids) => reads.runsOfFlows(workspace, ids, limit))),
  runsOfSchedule: byLimit((limit) => listsOf((ids) => reads.runsOfSchedules(workspace, ids, limit))),
  runsOfSuite: byLimit((limit) => listsOf((ids) => reads.runsOfSuites(workspace, ids, limit))),
});
