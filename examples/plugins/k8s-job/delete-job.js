// @ts-check
import { defineAction } from '@testmesh/action-kit';
import { clusterOf, isGone, refusal } from './cluster.js';
import { deleteJob } from './job.js';
import { deleteSchema } from './schema.js';

export const k8sJobDelete = defineAction({
  schema: deleteSchema,
  run: async (config, context) => {
    const cluster = await clusterOf(config);
    const { job } = config;
    // One that this run started is closed as it would be at the run's end, which then has nothing left to do.
    if (await context.release('k8s_job', `${cluster.namespace}/${job}`)) {
      return { kind: 'completed', output: { deleted: true } };
    }
    try {
      await deleteJob(cluster, job);
      return { kind: 'completed', output: { deleted: true } };
    } catch (error) {
      if (isGone(error)) return { kind: 'completed', output: { deleted: false } };
      return refusal(error, `the Job ${job} in ${cluster.namespace} cannot be deleted`);
    }
  },
});
