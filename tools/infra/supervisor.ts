// Holds every server of one infrastructure as its child, in a session of its own.
// I1. It lives exactly as long as the channel to the process that asked for it: a closed channel, be it by `stop`, by exit
//     or by SIGKILL, stops every server and removes its data.
// I2. What stops is waited for: when this process is gone, so is everything it started.
// I3. A piece that cannot be had is reported with the reason; the others start all the same.
// I4. A piece that is asked for again is stopped, if it still runs, and goes on at its address with its data.
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from './cache.ts';
import { startDocker } from './pieces/docker.ts';
import { useGiven } from './pieces/given.ts';
import { startKafka } from './pieces/kafka.ts';
import { startKubernetes } from './pieces/kubernetes.ts';
import { startMysql } from './pieces/mysql.ts';
import { startPostgres } from './pieces/postgres.ts';
import { startRedis } from './pieces/redis.ts';
import { claimRunFolder, type RunFolder } from './run-folder.ts';
import {
  type Again,
  type Message,
  type PieceName,
  type Request,
  type Running,
  reasonOf,
  type Site,
  Unavailable,
} from './vocabulary.ts';

const starts: Record<PieceName, (site: Site) => Promise<Running>> = {
  postgres: startPostgres,
  kafka: startKafka,
  redis: startRedis,
  docker: startDocker,
  mysql: startMysql,
  kubernetes: startKubernetes,
};

const tell = (message: Message) => {
  if (process.connected) process.send?.(message, () => undefined); // a channel that closes meanwhile ends us anyway
};

const say = (piece: PieceName) => (message: string) => tell({ type: 'progress', progress: { piece, message } });

const abandoned = new AbortController();

const siteOf = async (name: PieceName, request: Request, run: RunFolder): Promise<Site> => {
  const folder = path.join(run.folder, name);
  await mkdir(folder, { recursive: true });
  const { signal } = abandoned;
  const properties = name === 'kafka' ? request.kafkaProperties : undefined;
  return { cache: cacheFolder(), folder, port: request.ports[name], properties, signal, say: say(name) };
};

const startPiece = async (name: PieceName, request: Request, run: RunFolder): Promise<Running | undefined> => {
  const startedAt = performance.now();
  try {
    const given = request.ownOnly ? undefined : await useGiven(name);
    const running = given ?? (await starts[name](await siteOf(name, request, run)));
    const { stop: _, ...at } = running;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    say(name)(given ? 'using the one that was given' : `ready after ${seconds} s`);
    tell({ type: 'ready', piece: name, at });
    return running;
  } catch (error) {
    const howToGet = error instanceof Unavailable ? error.howToGet : 'see the reason; this is not expected';
    tell({ type: 'missing', missing: { name, reason: reasonOf(error), howToGet } });
    return undefined;
  }
};

interface Held {
  readonly again: (name: PieceName) => void;
  readonly stop: () => Promise<void>;
}

const hold = async (request: Request): Promise<Held> => {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true, mode: 0o755 });
  const run = await claimRunFolder(cache);
  await chmod(run.folder, 0o755);
  const pieces = new Map(request.need.map((name) => [name, startPiece(name, request, run)]));
  void Promise.all(pieces.values()).then(() => tell({ type: 'settled' }));
  const restarted = async (name: PieceName): Promise<Running | undefined> => {
    const before = await pieces.get(name);
    await before?.stop();
    const port = before && portOf(before);
    return startPiece(name, { ...request, ownOnly: true, ports: { ...request.ports, [name]: port } }, run);
  };
  return {
    again: (name) => void pieces.set(name, restarted(name)),
    stop: async () => {
      abandoned.abort(new Error('nobody waits for it any more'));
      const running = await Promise.all(pieces.values());
      const stops = await Promise.allSettled(running.map((piece) => piece?.stop()));
      await run.remove();
      for (const stop of stops) if (stop.status === 'rejected') throw stop.reason;
    },
  };
};

/** None where the address is a file: such a server finds its port again in its folder. */
const portOf = ({ address }: Running): number | undefined => {
  const [, port] = /:(\d+)(?:\/|$)/.exec(address) ?? [];
  return port === undefined ? undefined : Number(port);
};

let held: Promise<Held> | undefined;
process.on('message', async (message: Request | Again) => {
  if (!('again' in message)) held = hold(message);
  else (await held)?.again(message.again);
});
process.once('disconnect', async () => {
  await (await held)?.stop();
  process.exit(0);
});
// The terminal's Ctrl-C and a shutdown of the machine reach the asking process too, which then closes the channel.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => process.disconnect?.());
