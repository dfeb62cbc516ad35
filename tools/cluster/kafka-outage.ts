import { setTimeout as sleep } from 'node:timers/promises';
import { type Relayed, untilRelayed } from './journal-on-kafka.ts';
import { pausingFlow, type RemoteRun, runRemotely } from './remote-run.ts';
import type { Cluster } from './vocabulary.ts';

// Kills the broker, goes on asking for runs, brings the broker back, and looks what became of it all.

export interface Outage {
  readonly runs: readonly RemoteRun[];
  readonly downMs: number;
  /** From the broker's first answer until everything was on Kafka. */
  readonly caughtUpMs: number;
  readonly relayed: Relayed;
}

export interface OutageOptions {
  readonly downMs: number;
  /** A run is asked for so often. */
  readonly everyMs: number;
}

const CATCH_UP_MS = 60_000;

export const kafkaOutage = async (cluster: Cluster, { downMs, everyMs }: OutageOptions): Promise<Outage> => {
  const { kafka } = cluster.servers;
  if (kafka === undefined) throw new Error('this cluster has no Kafka');
  const [askAt = '', followAt = askAt] = cluster.urls();
  const definition = pausingFlow('outage', 3, 100);
  const run = () => runRemotely(cluster, { definition, askAt, followAt });
  const before = await run();
  kafka.signal('SIGKILL');
  const begun = performance.now();
  const during: Promise<RemoteRun>[] = [];
  while (performance.now() - begun < downMs) {
    during.push(run());
    await sleep(everyMs);
  }
  const runs = [before, ...(await Promise.all(during))];
  const wasDownMs = Math.round(performance.now() - begun);
  await kafka.restart();
  const back = performance.now();
  const relayed = await untilRelayed(cluster, CATCH_UP_MS);
  return { runs, downMs: wasDownMs, caughtUpMs: Math.round(performance.now() - back), relayed };
};
