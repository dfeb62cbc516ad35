// Why a pod is not ready, and whether waiting helps.
import {
  type ContainerStatus,
  conditionOf,
  degraded,
  healthy,
  type Pod,
  progressing,
  type Standing,
} from './workloads.ts';

export const podStanding = ({ metadata, status = {} }: Pod): Standing => {
  const pod = `Pod "${metadata?.name}"`;
  if (metadata?.deletionTimestamp !== undefined) return healthy;
  if (status.phase === 'Succeeded') return healthy;
  if (status.phase === 'Failed') return degraded(`${pod} failed${reasonText(status.reason, status.message)}`);
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const waiting = containers.find(
    ({ state }) => state?.waiting?.reason !== undefined && !isStarting(state.waiting.reason),
  );
  if (waiting !== undefined) return waitingStanding(pod, waiting);
  if (conditionOf(status.conditions, 'Ready')?.status === 'True') return healthy;
  const scheduled = conditionOf(status.conditions, 'PodScheduled');
  if (scheduled?.status === 'False')
    return progressing(`${pod} has no node yet${reasonText(scheduled.reason, scheduled.message)}`);
  return progressing(`${pod} is ${status.phase === 'Running' ? 'running and not ready' : (status.phase ?? 'Pending')}`);
};

const isStarting = (reason: string): boolean => reason === 'ContainerCreating' || reason === 'PodInitializing';

/** What a cluster will not mend by itself. Others may: a database that is not up yet, an image that is just being pushed. */
const FINAL = ['InvalidImageName', 'ImagePullBackOff', 'ErrImageNeverPull'];
const RESTARTS = 5;

const waitingStanding = (pod: string, { name, restartCount = 0, state, lastState }: ContainerStatus): Standing => {
  const { reason = '', message } = state?.waiting ?? {};
  const ended = lastState?.terminated;
  const last =
    ended === undefined ? '' : `; it ended with ${ended.reason ?? 'exit code'} ${ended.exitCode ?? ''}`.trimEnd();
  const text = `${pod}: container "${name}" waits${reasonText(reason, message)}${last}`;
  return FINAL.includes(reason) || restartCount >= RESTARTS ? degraded(text) : progressing(text);
};

const reasonText = (reason: string | undefined, message: string | undefined): string => {
  if (reason === undefined) return message === undefined ? '' : `: ${message}`;
  return message === undefined ? `: ${reason}` : `: ${reason} (${message})`;
};
