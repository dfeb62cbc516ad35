import { randomBytes } from 'node:crypto';
import { builtInActions } from '@testmesh/catalogue';
import { type AgentSession, openSession, Refused, Transport, wayOut } from '@testmesh/journal-remote';
import { PluginsUnusable, serverActions } from '@testmesh/plugins';
import { seededRandom, systemClock } from '@testmesh/runtime';
import { faultLog, keepMemorySteady, type Log, processLog } from '@testmesh/service-kit';
import { createAgent } from './agent.ts';
import { EXIT } from './exit.ts';
import { EndedRuns, tellFigures } from './figures.ts';
import { writeHealth } from './health-file.ts';
import { type Settings, WrongSettings } from './settings.ts';
import { version } from './version.ts';

const newInstance = ({ host }: Settings): string =>
  `${host.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 40)}-${process.pid}-${randomBytes(3).toString('hex')}`;

/** Carries out runs until a signal ends it, or the server does not know it any more; its exit code. */
export const run = async (settings: Settings, surroundings: NodeJS.ProcessEnv): Promise<number> => {
  const log = processLog('site-agent');
  const stopped = signalled();
  const instance = newInstance(settings);
  const actions = await serverActions(builtInActions, surroundings).catch((error: unknown) => {
    throw error instanceof PluginsUnusable ? new WrongSettings(error.message) : error;
  });
  const state = { isReached: true, busy: () => 0 };
  const dispatcher = wayOut(settings.wayOut);
  const transport = new Transport({
    url: settings.url,
    token: settings.token,
    instance,
    dispatcher,
    clock: systemClock,
    random: seededRandom(instance),
    onReach: (isReached, why) => {
      state.isReached = isReached;
      if (isReached) log.info({ server: settings.url }, 'the server answers again');
      else log.warn({ server: settings.url }, `the server cannot be reached: ${why}`);
    },
  });
  await using started = new AsyncDisposableStack();
  started.defer(() => dispatcher.destroy());
  // An agent that waits for its server is well: ending it would not bring the server back.
  if (settings.healthFile !== undefined) {
    started.use(writeHealth(settings.healthFile, () => ({ ...state, busy: state.busy() }), systemClock.now));
  }
  const session = await admitted(transport, settings, stopped.signal);
  if (session === undefined) return EXIT.stopped;
  if (session instanceof Error) return fatal(log, session);
  const ended = new EndedRuns();
  const agent = createAgent({
    ...{ settings, transport, actions, surroundings, session, ended },
    log: (message, fields) => log.info(fields ?? {}, message),
    onFault: faultLog(log),
    onNotAdmitted: (error) => stopped.end(error),
    onRefused: (runId, reason) => log.error({ run: runId }, `the server refuses what this run tells: ${reason}`),
  });
  state.busy = agent.busy;
  keepMemorySteady();
  agent.start();
  const startedAt = Math.round(systemClock.now() - process.uptime() * 1000);
  started.use(tellFigures(transport, { startedAt, slots: settings.slots, busy: agent.busy, ended }));
  log.info({ server: settings.url, agent: session.agent, name: session.executor, pools: settings.pools }, 'ready');
  const why = await stopped.promise;
  log.info({ busy: agent.busy() }, 'stopping');
  await agent.drain(why instanceof Error ? 0 : settings.drainMs);
  return why instanceof Error ? fatal(log, why) : EXIT.stopped;
};

const fatal = (log: Log, error: Error): number => {
  log.fatal({ err: error }, error.message);
  return error instanceof Refused ? EXIT.notAdmitted : EXIT.broken;
};

/** A session, or why there is none; undefined when it was told to stop while the server could not be reached. */
const admitted = async (
  transport: Transport,
  { host, slots, pools, labels }: Settings,
  stop: AbortSignal,
): Promise<AgentSession | Error | undefined> => {
  for (let pauseMs = 500; !stop.aborted; pauseMs = Math.min(pauseMs * 2, 10_000)) {
    try {
      return await openSession(transport, { version, host, slots, pools, labels });
    } catch (error) {
      if (error instanceof Refused) return error;
      // The only rejection is our own stop, which the loop sees.
      await systemClock.sleep(pauseMs, stop).catch(() => undefined);
    }
  }
  return undefined;
};

/** Resolves with the signal that ends the process, or with what makes it end. */
const signalled = () => {
  const { promise, resolve } = Promise.withResolvers<string | Error>();
  const stop = new AbortController();
  const end = (why: string | Error): void => {
    resolve(why);
    stop.abort(why);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
  return { promise, end, signal: stop.signal };
};
