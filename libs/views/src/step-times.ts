import type { RecordedEvent } from '@testmesh/domain';

/** When a step began and ended, by its writer's clock: microseconds since 1970. */
export interface StepTime {
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** Notes what an event tells of a step's times; the map belongs to its caller alone. */
export const takeStepTime = (times: Map<string, StepTime>, { type, data, time }: RecordedEvent): void => {
  if (type !== 'StepStarted' && type !== 'StepCompleted') return;
  const path = String(data['path']);
  const known = times.get(path);
  if (type === 'StepCompleted') times.set(path, { startedAt: time - stepMicros(data), ...known, finishedAt: time });
  // A step that is tried again began with its first attempt.
  else if (known?.startedAt === undefined || data['attempt'] === 1) times.set(path, { startedAt: time });
};

const stepMicros = ({ durationMs }: RecordedEvent['data']): number => Math.round(Number(durationMs) * 1000);
