import type { ServiceRoute } from '@testmesh/domain';
import type { EnvironmentReport } from '../run-report.ts';
import { duration } from './value-text.ts';

/** The test environment of a run in one line. */
export const environmentText = (environment: EnvironmentReport): string => {
  if ('waitsFor' in environment) return `${environment.context}, which never came (${environment.waitsFor})`;
  const { context, namespace, reused, waitedMs } = environment;
  const how = reused ? 'reused' : `ready after ${duration(waitedMs)}`;
  return `${context} in the namespace ${namespace}, ${how}`;
};

export const WHERE: Readonly<Record<ServiceRoute['where'], string>> = {
  namespace: 'in the namespace',
  base: 'beside it',
};
