import { CommandEnd } from '../exit-code.ts';
import type { ServerOptions } from '../remote/ask.ts';
import { everyChain, everyRun, remoteAudit } from '../remote/remote-history.ts';

export interface AuditOptions extends ServerOptions {
  readonly all?: boolean;
}

/** Folds a run of a server anew from its journal, compares it with the view people see, and says whether they are equal. */
export const audit = async (run: string | undefined, options: AuditOptions): Promise<void> => {
  if (options.all === true) {
    if (run !== undefined) throw new CommandEnd('usage', `name a run or give --all, not both: ${run}`);
    return auditAll(options);
  }
  if (run === undefined) throw new CommandEnd('usage', 'name the run, or give --all');
  const result = await remoteAudit(run, options.api);
  switch (result.outcome) {
    case 'equal':
      process.stdout.write(`equal · ${result.events} events fold to sha256 ${result.sha256}\n`);
      return;
    case 'different':
      throw new CommandEnd('failed', different(result));
    case 'open':
      throw new CommandEnd('nothing_matched', `run ${result.id} has not ended: there is nothing to compare yet`);
    case 'broken':
      throw new CommandEnd('failed', broken(`run ${result.id}`, result));
    case 'missing':
      throw new CommandEnd('nothing_matched', `the view of run ${result.id} is not written yet: try again in a moment`);
  }
};

const different = (result: {
  readonly events?: number | undefined;
  readonly folded?: string | undefined;
  readonly stored?: string | undefined;
}): string =>
  `different · ${result.events} events fold to ${result.folded}, and ${result.stored} is shown: testmesh views rebuild folds all of them anew`;

const HOW = {
  altered: 'is not as it was recorded',
  missing: 'is missing',
  added: 'stands behind the end of the stream',
} as const;

interface Broken {
  readonly events?: number | undefined;
  readonly broken?: { readonly seq: number; readonly how: keyof typeof HOW } | null | undefined;
}

const broken = (what: string, { events, broken: first }: Broken): string =>
  `broken · ${what}: event ${first?.seq} ${first && HOW[first.how]}, ${events} before it are whole`;

/** Every run the key may see, and what is recorded of all else; what has not ended is counted, not compared. */
const auditAll = async ({ api }: AuditOptions): Promise<void> => {
  const counts = { equal: 0, different: 0, open: 0, missing: 0, broken: 0 };
  for await (const id of everyRun(api)) {
    const result = await remoteAudit(id, api);
    counts[result.outcome] += 1;
    if (result.outcome === 'different') process.stderr.write(`run ${id}: ${different(result)}\n`);
    if (result.outcome === 'broken') process.stderr.write(`${broken(`run ${id}`, result)}\n`);
    if (result.outcome === 'missing') process.stderr.write(`run ${id}: its view is not written yet\n`);
  }
  const text = `${counts.equal} equal · ${counts.different} different · ${counts.missing} not written yet · ${counts.open} not ended`;
  process.stdout.write(`${text}${counts.broken === 0 ? '' : ` · ${counts.broken} broken`}\n`);
  const chains = await auditChains(api);
  if (counts.different + counts.broken + chains.broken > 0) throw new CommandEnd('failed', '');
  if (counts.missing > 0) throw new CommandEnd('nothing_matched', '');
};

/** Streams of configuration, schedules and test environments: there is no view to compare, only what was recorded. */
const auditChains = async (api: string | undefined): Promise<{ readonly broken: number }> => {
  const counts = { whole: 0, broken: 0 };
  for await (const found of everyChain(api)) {
    counts[found.broken === null ? 'whole' : 'broken'] += 1;
    if (found.broken !== null) process.stderr.write(`${broken(found.stream, found)}\n`);
  }
  process.stdout.write(
    `configuration, schedules, test environments: ${counts.whole} whole · ${counts.broken} broken\n`,
  );
  return counts;
};
