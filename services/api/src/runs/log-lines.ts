import { type RecordedEvent, runEventOf, type StepCompleted } from '@testmesh/domain';
import { isoTime } from './wire.ts';

/** A run as lines of text, one for each event that a person wants to read. */
export const logLines = (events: readonly RecordedEvent[]): readonly string[] =>
  events.flatMap((event) => {
    const said = sayingOf(event);
    return said === undefined ? [] : [`${isoTime(event.time)} ${said}`];
  });

const sayingOf = (recorded: RecordedEvent): string | undefined => {
  const event = runEventOf(recorded);
  switch (event.type) {
    case 'RunRequested':
      return `requested: ${event.flow.name} (${event.flow.file}) by ${recorded.actor}`;
    case 'RunClaimed':
      return `taken by ${event.executor}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'RunLeaseExpired':
      return `${event.executor} was not heard of in time`;
    case 'RunReleased':
      return `given back by ${event.executor}: ${event.reason}`;
    case 'RunParked':
      return `parked: ${event.reason}`;
    case 'RunUnparked':
      return `released by ${event.by}`;
    case 'RunRestarted':
      return `begun anew: ${event.reason}`;
    case 'EnvironmentAwaited':
      return `waits for the test environment ${event.context}, which is ${event.status}`;
    case 'EnvironmentEntered': {
      const { name, context, namespace, reused, waitedMs, routes } = event;
      const how = reused ? 'at once' : `after ${Math.round(waitedMs)} ms`;
      const services = routes.map(({ service, url }) => `${service} at ${url}`).join(', ');
      return `is in the test environment ${name} (${context}, namespace ${namespace}) ${how}: ${services}`;
    }
    case 'StepStarted':
      return `${event.path}: ${event.action}${event.attempt > 1 ? `, attempt ${event.attempt}` : ''}`;
    case 'StepCompleted':
      return stepLine(event);
    case 'StepOutcomeUnknown':
      return `${event.path}: nobody knows whether it was carried out`;
    case 'RunCancelRequested':
      return `cancellation asked for by ${event.by}`;
    case 'RunCompleted':
      return `${event.verdict}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    default:
      return undefined;
  }
};

const stepLine = ({ path, status, durationMs, error, reason, exchange, assertions }: StepCompleted): string => {
  const unmet = assertions.filter(({ passed }) => !passed).map(({ expression }) => `does not hold: ${expression}`);
  const why = [error?.message, ...unmet, status === 'skipped' ? reason : undefined].filter(
    (text) => text !== undefined,
  );
  const parts = [`${status} in ${Math.round(durationMs)} ms`, exchange?.summary, ...why];
  return `${path}: ${parts.filter((part) => part !== undefined).join(' · ')}`;
};
