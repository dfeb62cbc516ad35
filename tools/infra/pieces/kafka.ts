// One combined broker and controller from the jars of Maven Central. What takes time is done once and cached by the hash of
// the pom: the jars, the formatted log folder, and an archive of loaded classes that the first broker leaves for the next.
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { exists, hashOf, madeOnce, randomName } from '../cache.ts';
import { freePort } from '../ports.ts';
import { onFreePort, runTool, startServer } from '../processes.ts';
import { type Running, type Site, Unavailable } from '../vocabulary.ts';

const pom = path.join(import.meta.dirname, 'kafka-pom.xml');
const clusterId = '7Qm3tSgXRb2mVd0pYwKc5A';

const properties = (folder: string, port: number, controllerPort: number) => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  'log.dirs': path.join(folder, 'log'),
  'num.partitions': 3,
  'auto.create.topics.enable': true,
  'group.initial.rebalance.delay.ms': 0,
  'log.cleaner.enable': false,
  'num.network.threads': 2,
  'num.io.threads': 2,
  // A broker that was killed is let in again after 2 s, not 9.
  'broker.session.timeout.ms': 2000,
  'broker.heartbeat.interval.ms': 500,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
});

/** Lists that further listeners are added to; everything else that is said replaces what is usual. */
const LISTS = ['listeners', 'advertised.listeners', 'listener.security.protocol.map'];

const writeProperties = async (
  folder: string,
  port: number,
  controllerPort: number,
  more: Readonly<Record<string, string>> = {},
) => {
  const file = path.join(folder, 'server.properties');
  const usual: Readonly<Record<string, unknown>> = properties(folder, port, controllerPort);
  const added = LISTS.filter((name) => name in more).map((name) => [name, `${usual[name]},${more[name]}`]);
  const all = Object.entries({ ...usual, ...more, ...Object.fromEntries(added) });
  const lines = all.map(([name, value]) => `${name}=${value}\n`);
  await writeFile(file, lines.join(''));
  return file;
};

const javaVersion = async (): Promise<string> => {
  const howToGet = 'install Java 17 or newer (Debian, as root: apt-get install openjdk-17-jre-headless)';
  const text = await runTool('java', ['-version']).catch((error: unknown) => {
    throw new Unavailable('Kafka runs on Java, and there is no java on the PATH', howToGet, error);
  });
  const [, version = '0'] = /version "([^"]+)"/.exec(text) ?? [];
  if (Number.parseInt(version, 10) >= 17) return version;
  throw new Unavailable(`Kafka needs Java 17 or newer, and java is ${version}`, howToGet);
};

const fetchJars = async (folder: string, { signal, say }: Site) => {
  await runTool('mvn', ['--version']).catch((error: unknown) => {
    const howToGet = 'install Maven (Debian, as root: apt-get install maven), or set TESTMESH_INFRA_KAFKA_BROKERS';
    throw new Unavailable("Kafka's jars come through Maven, and there is no mvn on the PATH", howToGet, error);
  });
  say('fetching the jars from Maven Central (27 MB, once)');
  const target = `-DoutputDirectory=${path.join(folder, 'libs')}`;
  const goal = ['dependency:copy-dependencies', target, '-DincludeScope=runtime'];
  await runTool('mvn', ['-B', '-q', '-f', pom, ...goal], { signal, cwd: folder }).catch((error: unknown) => {
    if (signal.aborted) throw error;
    const howToGet = 'allow access to Maven Central or a mirror of it, or set TESTMESH_INFRA_KAFKA_BROKERS';
    throw new Unavailable(`Maven could not fetch Kafka's jars: ${error}`, howToGet, error);
  });
};

const java = (libs: string, flags: readonly string[], main: string, args: readonly string[]) => [
  '-Xms256m',
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  ...flags,
  '-cp',
  path.join(libs, '*'),
  main,
  ...args,
];

/** The jars, and beside them a log folder formatted for our one node; the ports named in it do not matter. */
const prepare = async (site: Site) => {
  const name = `kafka/${hashOf(await readFile(pom, 'utf8'), clusterId)}`;
  return madeOnce(site.cache, name, async (draft) => {
    await fetchJars(draft, site);
    const file = await writeProperties(draft, 9092, 9093);
    const format = ['format', '-t', clusterId, '-c', file];
    await runTool('java', java(path.join(draft, 'libs'), [], 'kafka.tools.StorageTool', format), { cwd: draft });
  });
};

const listTopics = async (address: string) => {
  const kafka = new Kafka({
    brokers: [address],
    retry: { retries: 0 },
    connectionTimeout: 1_000,
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
};

const startBroker = async (made: string, archive: string, site: Site, port: number): Promise<Running> => {
  const address = `127.0.0.1:${port}`;
  const file = await writeProperties(site.folder, port, await freePort(), site.properties);
  const isArchived = await exists(archive);
  const draft = `${archive}.${randomName()}`;
  const flag = isArchived ? `-XX:SharedArchiveFile=${archive}` : `-XX:ArchiveClassesAtExit=${draft}`;
  const server = await startServer({
    command: 'java',
    args: java(path.join(made, 'libs'), [flag, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'], 'kafka.Kafka', [file]),
    site,
    probe: () => listTopics(address),
    deadlineMs: 60_000,
  });
  const stop = async () => {
    await server.stop();
    if (!isArchived && (await exists(draft))) await rename(draft, archive);
  };
  return { address, pid: server.pid, stop };
};

export const startKafka = async (site: Site): Promise<Running> => {
  const version = await javaVersion();
  const made = await prepare(site);
  const log = path.join(site.folder, 'log');
  if (!(await exists(log))) await cp(path.join(made, 'log'), log, { recursive: true });
  return onFreePort(site.port, freePort, (port) =>
    startBroker(made, path.join(made, `classes-${hashOf(version)}.jsa`), site, port),
  );
};
