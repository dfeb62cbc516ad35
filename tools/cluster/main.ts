// npm run cluster: the platform as processes, until Ctrl-C.
import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { serviceNames } from './vocabulary.ts';

const usage = `npm run cluster -- [--api N] [--scheduler N] [--executor N] [--graph N] [--env-manager N] [--own]
  --api …  copies of each service (1)
  --own    servers of its own even where TESTMESH_INFRA_* give some`;

const tell = (line: string) => process.stderr.write(`${line}\n`);

const counts = Object.fromEntries(serviceNames.map((name) => [name, { type: 'string' }] as const));
const readOptions = () =>
  parseArgs({ options: { ...counts, own: { type: 'boolean' }, help: { type: 'boolean' } } }).values as Readonly<
    Record<string, string | boolean | undefined>
  >;

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
  const cluster = await startCluster({ copies: copiesOf(values), ownOnly: values['own'] === true, onProgress: tell });
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
