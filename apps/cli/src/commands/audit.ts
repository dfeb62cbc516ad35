import { CommandEnd } from '../exit-code.ts';
import { remoteAudit } from '../remote/remote-history.ts';

/** Folds a run of a server anew from its journal, compares it with the view people see, and says whether they are equal. */
export const audit = async (run: string, { api }: { readonly api: string }): Promise<void> => {
  const result = await remoteAudit(run, api);
  switch (result.outcome) {
    case 'equal':
      process.stdout.write(`equal · ${result.events} events fold to sha256 ${result.sha256}\n`);
      return;
    case 'different':
      throw new CommandEnd(
        'failed',
        `different · ${result.events} events fold to ${result.folded}, and ${result.stored} is shown: rebuild the views`,
      );
    case 'open':
      throw new CommandEnd('nothing_matched', `run ${result.id} has not ended: there is nothing to compare yet`);
    case 'missing':
      throw new CommandEnd('nothing_matched', `the view of run ${result.id} is not written yet: try again in a moment`);
  }
};
