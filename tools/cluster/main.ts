// npm run cluster: the platform as processes, until Ctrl-C; or an outage of Kafka under it, and what became of it.
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { kafkaOutage } from './kafka-outage.ts';
import { type Cluster, serviceNames } from './vocabulary.ts';

const usage = `npm run cluster -- [--api N] [--scheduler N] [--executor N] [--graph N] [--env-manager N] [--own] [--bundled]
                       [--kafka-outage MINUTES]
  --api …  copies of each service (1)
  --own    servers of its own even where TESTMESH_INFRA_* give some
  --bundled  what node services/build.mjs left in services/dist, not the sources
  --kafka-outage  kills the broker for so long, runs flows meanwhile, and prints figures`;

const tell = (line: string) => process.stderr.write(`${line}\n`);

const counts = Object.fromEntries(serviceNames.map((name) => [name, { type: 'string' }] as const));
const readOptions = () =>
  parseArgs({
    options: {
      ...counts,
      own: { type: 'boolean' },
      bundled: { type: 'boolean' },
      'kafka-outage': { type: 'string' },
      help: { type: 'boolean' },
    },
  }).values as Readonly<Record<string, string | boolean | undefined>>;

const copiesOf = (values: ReturnType<typeof readOptions>) =>
  Object.fromEntries(
    serviceNames.flatMap((name) => {
      const text = values[name];
      if (text === undefined) return [];
      const count = Number(text);
      if (!Number.isInteger(count) || count < 0) throw new Error(`--${name} ${text}: it takes a whole number`);
      return [[name, count]];
    }),
  );

const minutesOf = (text: string): number => {
  const minutes = Number(text);
  if (!(minutes > 0)) throw new Error(`--kafka-outage ${text}: it takes minutes`);
  return minutes;
};

/** 0 when every run passed and everything was sent on. */
const outage = async (cluster: Cluster, minutes: number): Promise<number> => {
  tell(`the broker is down for ${minutes} minutes`);
  const { runs, downMs, caughtUpMs, relayed } = await kafkaOutage(cluster, { downMs: minutes * 60_000, everyMs: 1000 });
  const passed = runs.filter(({ verdict }) => verdict === 'passed').length;
  const slowestEventMs = Math.max(...runs.map((run) => run.slowestEventMs));
  console.log(JSON.stringify({ downMs, runs: runs.length, passed, slowestEventMs, caughtUpMs, ...relayed }, null, 2));
  const isWhole = relayed.delivered === relayed.inJournal && relayed.early + relayed.foreign === 0;
  return isWhole && passed === runs.length ? 0 : 1;
};

const stopAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });

const main = async (): Promise<number> => {
  const values = readOptions();
  if (values['help'] === true) {
    console.log(usage);
    return 0;
  }
  const stopped = stopAsked();
  const { 'kafka-outage': minutes, own } = values;
  const isOutage = typeof minutes === 'string';
  const cluster = await startCluster({
    copies: copiesOf(values),
    ownOnly: own === true || isOutage,
    bundled: values['bundled'] === true,
    onProgress: tell,
  });
  if (isOutage) return outage(cluster, minutesOf(minutes)).finally(() => cluster.stop());
  for (const { name, pid, url, health } of cluster.members()) tell(`${name}: pid ${pid}, ${url || health}`);
  for (const [name, value] of Object.entries(cluster.env)) console.log(`export ${name}='${value}'`);
  console.log(`export TESTMESH_API_KEY='${cluster.key}'`);
  tell(`testmesh run FLOW --api ${cluster.urls()[0] ?? 'URL'}\nCtrl-C takes it down.`);
  await stopped;
  tell('taking it down');
  await cluster.stop();
  return 0;
};

process.exitCode = await main().catch((error: unknown) => {
  tell(error instanceof Error ? error.message : String(error));
  return 2;
});
