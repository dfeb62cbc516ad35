import { CommandEnd } from '../exit-code.ts';
import type { ServerOptions } from '../remote/ask.ts';
import { everyRun, remoteAudit } from '../remote/remote-history.ts';

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

/** Every run the key may see; what has not ended is counted, not compared. */
const auditAll = async ({ api }: AuditOptions): Promise<void> => {
  const counts = { equal: 0, different: 0, open: 0, missing: 0 };
  for await (const id of everyRun(api)) {
    const result = await remoteAudit(id, api);
    counts[result.outcome] += 1;
    if (result.outcome === 'different') process.stderr.write(`run ${id}: ${different(result)}\n`);
    if (result.outcome === 'missing') process.stderr.write(`run ${id}: its view is not written yet\n`);
  }
  const text = `${counts.equal} equal · ${counts.different} different · ${counts.missing} not written yet · ${counts.open} not ended`;
  process.stdout.write(`${text}\n`);
  if (counts.different > 0) throw new CommandEnd('failed', '');
  if (counts.missing > 0) throw new CommandEnd('nothing_matched', '');
};
