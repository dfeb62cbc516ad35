// @ts-check
import { setTimeout as pause } from 'node:timers/promises';
import { defineAction } from '@testmesh/action-kit';
import { clusterOf, isGone, refusal } from './cluster.js';
import { deleteJob, jobOf, nameOf, seconds, serviceOf } from './job.js';
import { startSchema } from './schema.js';

/** @typedef {import('./cluster.js').Cluster} Cluster */
/** @typedef {import('@testmesh/action-kit').ActionContext} ActionContext */
/** @typedef {import('@testmesh/action-kit').ActionOutcome} ActionOutcome */
/** @typedef {import('./job.js').JobConfig} JobConfig */
/** @typedef {import('@kubernetes/client-node').V1Pod} Pod */

const BETWEEN_MS = 300;

export const k8sJob = defineAction({
  schema: startSchema,
  run: async (config, context) => {
    const cluster = await clusterOf(config);
    try {
      const name = await startedJob(cluster, config, context);
      return await awaited(cluster, name, config, context);
    } catch (error) {
      return refusal(error, `the Job cannot be started in ${cluster.namespace}`);
    }
  },
});

/**
 * Starts the Job once. `use` sees to it that it is deleted when the run ends: passed, failed or cancelled.
 * @param {Cluster} cluster
 * @param {JobConfig} config
 * @param {ActionContext} context
 */
const startedJob = async (cluster, config, context) => {
  const { batch, core, namespace } = cluster;
  const key = `${namespace}/${nameOf(context)}`;
  const job = await context.use(
    { kind: 'k8s_job', key, bound: true },
    async () => {
      const body = jobOf(config, context);
      const made = await batch.createNamespacedJob({ namespace, body });
      if (config.port !== undefined) {
        await core.createNamespacedService({ namespace, body: serviceOf(made, config.port) });
      }
      return made;
    },
    async ({ metadata }) => {
      await deleteJob(cluster, metadata?.name ?? '', metadata?.uid).catch((error) => {
        if (!isGone(error)) throw error;
      });
    },
  );
  return job.metadata?.name ?? '';
};

/**
 * Looks again and again until the Job is where the flow wants it, has failed, or the time is over.
 * @param {Cluster} cluster
 * @param {string} name
 * @param {JobConfig} config
 * @param {ActionContext} context
 * @returns {Promise<ActionOutcome>}
 */
const awaited = async (cluster, name, config, { clock, signal }) => {
  const { batch, core, namespace } = cluster;
  const wait = config.wait ?? (config.port === undefined ? 'complete' : 'ready');
  const deadline = clock.monotonic() + seconds(config.timeout) * 1000;
  for (;;) {
    signal.throwIfAborted();
    const { status } = await batch.readNamespacedJob({ name, namespace });
    const pods = await core.listNamespacedPod({ namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` });
    const pod = pods.items[0];
    const isMet = (/** @type {string} */ type) =>
      status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
    if (isMet('Failed'))
      return failed(
        name,
        namespace,
        pod,
        status?.conditions?.find(({ type }) => type === 'Failed'),
      );
    if (wait === 'complete' ? isMet('Complete') : isReady(pod)) return provisioned(name, namespace, pod, config.port);
    if (isMet('Complete')) return notReady(name, namespace, 'it ended before its pod was ready');
    if (clock.monotonic() > deadline) return notReady(name, namespace, `${config.timeout} are over; ${stateOf(pod)}`);
    await pause(BETWEEN_MS, undefined, { signal });
  }
};

/** @param {Pod | undefined} pod */
const isReady = (pod) =>
  pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/**
 * @param {string} job
 * @param {string} namespace
 * @param {Pod | undefined} pod
 * @param {number | undefined} port
 * @returns {ActionOutcome}
 */
const provisioned = (job, namespace, pod, port) => {
  const host = `${job}.${namespace}.svc`;
  const result = writtenBy(pod);
  const address = port === undefined ? addressIn(result) : `${host}:${port}`;
  return {
    kind: 'completed',
    output: {
      job,
      namespace,
      pod: pod?.metadata?.name ?? null,
      ...(port !== undefined && { host, port }),
      ...(address !== undefined && { address }),
      result,
    },
  };
};

/** @param {unknown} result */
const addressIn = (result) => {
  if (typeof result === 'string' && result !== '') return result;
  const { address } = /** @type {{ address?: unknown }} */ (result ?? {});
  return typeof address === 'string' ? address : undefined;
};

/**
 * A container's last words: up to 4 KiB that it wrote to /dev/termination-log.
 * @param {Pod | undefined} pod
 */
const writtenBy = (pod) => {
  const text = pod?.status?.containerStatuses?.[0]?.state?.terminated?.message;
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
};

/**
 * @param {string} job
 * @param {string} namespace
 * @param {Pod | undefined} pod
 * @param {{ reason?: string, message?: string } | undefined} condition
 * @returns {ActionOutcome}
 */
const failed = (job, namespace, pod, condition) => {
  const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
  const words = [condition?.reason, condition?.message, ended && `exit code ${ended.exitCode}`, ended?.message];
  return {
    kind: 'not-carried-out',
    code: 'K8S_JOB_FAILED',
    reason: `the Job ${job} in ${namespace} failed: ${words.filter(Boolean).join(', ')}`,
    help: `kubectl --namespace ${namespace} describe job ${job}`,
  };
};

/**
 * @param {string} job
 * @param {string} namespace
 * @param {string} why
 * @returns {ActionOutcome}
 */
const notReady = (job, namespace, why) => ({
  kind: 'not-carried-out',
  code: 'K8S_JOB_NOT_READY',
  reason: `the Job ${job} in ${namespace} did not become what was waited for: ${why}`,
});

/** @param {Pod | undefined} pod */
const stateOf = (pod) => {
  if (pod === undefined) return 'it has no pod: a quota or a missing account may forbid it';
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  const words = [pod.status?.phase, waiting?.reason, waiting?.message].filter(Boolean).join(', ');
  return `its pod ${pod.metadata?.name} is ${words}`;
};
