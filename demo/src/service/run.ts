import { readConfig } from './config.ts';
import { type RunningService, type Service, startService } from './service.ts';

const SHUTDOWN_DEADLINE_MS = 10_000;

/** What a parent process is told over IPC once the service is healthy. */
export interface ReadyMessage {
  readonly ready: string;
  readonly port: number;
  readonly grpcPort: number | undefined;
}

const start = async (service: Service): Promise<RunningService> => {
  try {
    return await startService(service, readConfig(process.env, service));
  } catch (error) {
    process.stderr.write(`${service.name} cannot start: ${(error as Error).message}\n`);
    process.exit(1);
  }
};

/**
 * Runs a service until SIGTERM, SIGINT, or the end of the parent that started it with an IPC channel:
 * a service never outlives whoever holds it.
 */
export const runService = async (service: Service): Promise<void> => {
  const ended = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => ended.resolve(signal));
  process.once('disconnect', () => ended.resolve('the parent is gone'));

  const running = await start(service);
  const ready: ReadyMessage = { ready: service.name, port: running.port, grpcPort: running.grpcPort };
  if (process.connected) process.send?.(ready);

  await ended.promise;
  setTimeout(() => process.exit(1), SHUTDOWN_DEADLINE_MS).unref();
  await running.stop();
  process.exit(0);
};
