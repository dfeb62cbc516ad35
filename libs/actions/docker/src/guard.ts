import type { ActionContext } from '@testmesh/action-kit';
import type { Daemon } from './daemon.ts';
import { purge } from './purge.ts';
import { sweep } from './sweep.ts';
import { startWatchdog } from './watchdog.ts';

/** Before a run's first container: cleans up after dead runs, and makes sure that this one will be cleaned up after. */
export const guardRun = async (daemon: Daemon, { use, runId, log }: ActionContext): Promise<void> => {
  await use(
    { kind: 'docker', key: 'watchdog', bound: true },
    async () => {
      const swept = await sweep(daemon);
      if (swept.length > 0) log(`removed what ${swept.length} ended runs left in Docker`, { runs: [...swept] });
      return startWatchdog(daemon.connection, runId);
    },
    async (watchdog) => {
      await purge(daemon.connection, runId);
      watchdog.dismiss();
    },
  );
};
