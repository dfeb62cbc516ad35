// Whether what runs in a namespace is ready, from what its controllers wrote: nothing here asks the cluster.
import { podStanding } from './pod-standing.ts';
import {
  conditionOf,
  degraded,
  healthy,
  type Pod,
  progressing,
  type Standing,
  type Workload,
  worstOf,
} from './workloads.ts';

export const readiness = (workloads: readonly Workload[], pods: readonly Pod[]): Standing =>
  worstOf(workloads.map((workload) => withPods(workload, pods)));

/** A pod is asked only about a workload that is not ready: it knows why. */
const withPods = (workload: Workload, pods: readonly Pod[]): Standing => {
  const standing = workloadStanding(workload);
  if (standing.health === 'healthy' || workload.kind === 'Pod') return standing;
  const why = worstOf(pods.filter((pod) => isOf(workload, pod)).map(memberStanding));
  if (why.health === 'healthy') return standing;
  const message = `${standing.message}: ${why.message}`;
  return standing.health === 'degraded' || why.health === 'degraded' ? degraded(message) : progressing(message);
};

/** Another pod is made in the place of one that failed: whether that is the end is for its workload to say. */
const memberStanding = (pod: Pod): Standing => {
  const standing = podStanding(pod);
  return standing.health === 'degraded' && pod.status?.phase === 'Failed' ? progressing(standing.message) : standing;
};

const isOf = ({ spec }: Workload, { metadata }: Pod): boolean => {
  const wanted = Object.entries(spec?.selector?.matchLabels ?? {});
  return wanted.length > 0 && wanted.every(([label, value]) => metadata?.labels?.[label] === value);
};

const workloadStanding = (workload: Workload): Standing => {
  const text = `${workload.kind} "${workload.metadata?.name}"`;
  if (workload.metadata?.deletionTimestamp !== undefined) return progressing(`${text} is being deleted`);
  switch (workload.kind) {
    case 'Deployment':
      return seen(workload, text) ?? deploymentStanding(workload, text);
    case 'StatefulSet':
      return seen(workload, text) ?? statefulSetStanding(workload, text);
    case 'DaemonSet':
      return seen(workload, text) ?? daemonSetStanding(workload, text);
    case 'Job':
      return jobStanding(workload, text);
    case 'Pod':
      return podStanding(workload as Pod);
    default:
      return healthy;
  }
};

/** A controller that has not looked yet says nothing about what was applied last. */
const seen = ({ metadata, status }: Workload, text: string): Standing | undefined =>
  (status?.observedGeneration ?? 0) < (metadata?.generation ?? 1) ? progressing(`${text} is new`) : undefined;

/** Passes by itself: a fresh namespace has no service account yet, and its quota is not counted yet. */
const PASSING = /error looking up service account|status unknown for quota/;

export const passes = (message: string): boolean => PASSING.test(message);

const deploymentStanding = ({ spec, status = {} }: Workload, text: string): Standing => {
  const refused = conditionOf(status.conditions, 'ReplicaFailure');
  if (refused?.status === 'True' && !passes(refused.message ?? ''))
    return degraded(`${text} may not make its pods: ${refused.message ?? refused.reason}`);
  const progress = conditionOf(status.conditions, 'Progressing');
  if (progress?.status === 'False')
    return degraded(`${text} makes no progress: ${progress.message ?? progress.reason}`);
  const { replicas: wanted = 1 } = spec ?? {};
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (updatedReplicas < wanted || availableReplicas < wanted)
    return progressing(`${text} has ${Math.min(updatedReplicas, availableReplicas)} of ${wanted} replicas available`);
  return replicas > wanted ? progressing(`${text} still has ${replicas - wanted} old replicas`) : healthy;
};

const statefulSetStanding = ({ spec, status = {} }: Workload, text: string): Standing => {
  const { replicas: wanted = 1 } = spec ?? {};
  const { readyReplicas = 0, currentRevision, updateRevision } = status;
  if (readyReplicas < wanted) return progressing(`${text} has ${readyReplicas} of ${wanted} replicas ready`);
  return currentRevision === updateRevision ? healthy : progressing(`${text} still has old replicas`);
};

const daemonSetStanding = ({ status = {} }: Workload, text: string): Standing => {
  const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled = 0, numberReady = 0 } = status;
  const ready = Math.min(updatedNumberScheduled, numberReady);
  return ready < wanted ? progressing(`${text} is ready on ${ready} of ${wanted} nodes`) : healthy;
};

const jobStanding = ({ spec, status = {} }: Workload, text: string): Standing => {
  const failed = conditionOf(status.conditions, 'Failed');
  if (failed?.status === 'True') return degraded(`${text} failed: ${failed.message ?? failed.reason}`);
  if (conditionOf(status.conditions, 'Complete')?.status === 'True' || spec?.suspend === true) return healthy;
  return progressing(`${text} has not ended yet`);
};
