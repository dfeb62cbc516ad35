// @ts-check
import { createHash } from 'node:crypto';

/** @typedef {import('./cluster.js').Cluster} Cluster */
/** @typedef {import('@testmesh/action-kit').ActionContext} ActionContext */
/** @typedef {import('zod').output<typeof import('./schema.js').startSchema.config>} JobConfig */

/**
 * The Job's name follows from the run, the step and the attempt: whoever finds one knows where it comes from.
 * @param {ActionContext} context
 */
export const nameOf = ({ runId, stepPath, attempt }) => {
  const step = stepPath
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30);
  const hash = createHash('sha256').update(`${runId}/${stepPath}/${attempt}`).digest('hex').slice(0, 10);
  return `testmesh-${step}-${hash}`;
};

/**
 * @param {JobConfig} config
 * @param {ActionContext} context
 */
export const jobOf = (config, context) => {
  const labels = { 'app.kubernetes.io/managed-by': 'testmesh', 'testmesh.io/run': context.runId };
  return {
    metadata: { name: nameOf(context), labels },
    spec: {
      backoffLimit: 0,
      // The watchdog: a run that died without a word leaves nothing behind for longer than this.
      activeDeadlineSeconds: seconds(config.lifetime),
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels, annotations: config.annotations },
        spec: {
          restartPolicy: 'Never',
          ...(config.service_account !== undefined && { serviceAccountName: config.service_account }),
          containers: [containerOf(config)],
        },
      },
    },
  };
};

/** @param {JobConfig} config */
const containerOf = ({ image, command, args, env, port }) => ({
  name: 'job',
  image,
  ...(command && { command }),
  ...(args && { args }),
  env: Object.entries(env).map(([name, value]) => ({ name, value })),
  // A port that is served is one that takes connections.
  ...(port !== undefined && {
    ports: [{ containerPort: port }],
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  }),
});

/**
 * The Service in front of the Job's pod. It belongs to the Job: the cluster removes it with the Job.
 * @param {{ metadata?: { name?: string, uid?: string } }} job
 * @param {number} port
 */
export const serviceOf = ({ metadata: { name = '', uid = '' } = {} }, port) => ({
  metadata: {
    name,
    labels: { 'app.kubernetes.io/managed-by': 'testmesh' },
    ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }],
  },
  spec: { selector: { 'batch.kubernetes.io/job-name': name }, ports: [{ port, targetPort: port }] },
});

/**
 * @param {Cluster} cluster
 * @param {string} name
 * @param {string} [uid] of the Job that is meant: one that took its name since then is left alone
 */
export const deleteJob = ({ batch, namespace }, name, uid) =>
  batch.deleteNamespacedJob({
    name,
    namespace,
    body: { propagationPolicy: 'Background', ...(uid !== undefined && { preconditions: { uid } }) },
  });

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** @param {string} duration */
export const seconds = (duration) => {
  const parts = [...duration.matchAll(/(\d+)(ms|s|m|h)/g)];
  const sum = parts.reduce((total, [, count, unit]) => total + Number(count) * UNITS[/** @type {'s'} */ (unit)], 0);
  return Math.max(1, Math.ceil(sum));
};
