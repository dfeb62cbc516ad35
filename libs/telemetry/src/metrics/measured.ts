import type { RecordedEvent } from '@testmesh/domain';
import type { Bus, Clock, Journal, JournalBatch, RunQueue } from '@testmesh/ports';
import type { OnFault, RunSource } from '@testmesh/runtime';
import type { Instruments } from './instruments.ts';

// Ports with a watch beside them: whoever uses one sees no difference.

/** What was appended, once the journal has it. */
export type OnAppended = (batch: JournalBatch) => void;

type Now = Clock['monotonic'];

const seconds = (now: Now, since: number): number => (now() - since) / 1000;

/** Times appends and counts what became of them. */
export const measuredJournal = (
  journal: Journal,
  {
    instruments,
    now,
    onAppended,
  }: { readonly instruments: Instruments; readonly now: Now; readonly onAppended: OnAppended },
): Journal => {
  const appendMany: Journal['appendMany'] = async (batches) => {
    const since = now();
    const results = await journal.appendMany(batches);
    instruments.appendTime.observe(seconds(now, since));
    for (const [at, result] of results.entries()) {
      const batch = batches[at];
      if (batch === undefined) continue;
      if (result.outcome === 'applied' || result.outcome === 'already_applied') taken(batch);
      else instruments.refused.inc({ outcome: result.outcome });
    }
    return results;
  };
  const taken = (batch: JournalBatch): void => {
    instruments.appended.inc(batch.events.length);
    for (const { type, data } of batch.events) count(instruments, type, data);
    onAppended(batch);
  };
  return {
    ...journal,
    read: journal.read,
    appendMany,
    append: async (stream, expectedVer, epoch, events) => {
      const [result] = await appendMany([{ stream, expectedVer, epoch, events }]);
      if (result === undefined) throw new Error(`the journal gave no answer to an append to ${stream}`);
      return result;
    },
  };
};

const count = (instruments: Instruments, type: string, data: RecordedEvent['data']): void => {
  if (type === 'StepCompleted') {
    const { action, status, durationMs } = data;
    instruments.stepTime.observe({ action: String(action), status: String(status) }, Number(durationMs) / 1000);
  } else if (type === 'RunCompleted') {
    const verdict = String(data['verdict']);
    instruments.runs.inc({ verdict });
    instruments.runTime.observe({ verdict }, Number(data['durationMs']) / 1000);
  }
};

/** Times claims, and counts leases that are gone. */
export const measuredQueue = (
  queue: RunQueue,
  { instruments, now }: { readonly instruments: Instruments; readonly now: Now },
): RunQueue => ({
  ...queue,
  claim: async (request) => {
    const since = now();
    const runs = await queue.claim(request);
    instruments.claimTime.observe(seconds(now, since));
    instruments.claimed.inc(runs.length);
    return runs;
  },
  heartbeat: async (...given) => {
    const replies = await queue.heartbeat(...given);
    instruments.leasesLost.inc(replies.filter(({ lease }) => lease === 'lost').length);
    return replies;
  },
});

/** Tells of every run that is taken up, with its history, and how long it had waited. */
export const measuredSource = (
  source: RunSource,
  instruments: Instruments,
  onBegun: (stream: string, history: readonly RecordedEvent[]) => void,
): RunSource => ({
  load: (runId, history) => {
    const claims = history.filter(({ type }) => type === 'RunClaimed');
    const [asked] = history;
    const [claimed] = claims;
    if (claims.length === 1 && asked !== undefined && claimed !== undefined) {
      instruments.queueTime.observe(Math.max(0, claimed.at - asked.at) / 1e6);
    }
    onBegun(`run-${runId}`, history);
    return source.load(runId, history);
  },
});

/** Times what is sent on. */
export const measuredBus = (
  bus: Bus,
  { instruments, now }: { readonly instruments: Instruments; readonly now: Now },
): Bus => ({
  subscribe: (subscription) => bus.subscribe(subscription),
  close: () => bus.close(),
  publish: async (events) => {
    const since = now();
    await bus.publish(events);
    instruments.publishTime.observe(seconds(now, since));
    instruments.published.inc(events.length);
  },
});

/** Counts what a loop could not do before it is told. */
export const countedFaults =
  (onFault: OnFault, { faults }: Instruments): OnFault =>
  (fault) => {
    // A schedule's or a run's own name would make a series of each.
    faults.inc({ loop: fault.loop.split(' ', 1)[0] ?? 'unnamed' });
    onFault(fault);
  };
