// @ts-check
import { definePlugin } from '@testmesh/action-kit';
import { k8sJobDelete } from './delete-job.js';
import { k8sJob } from './start-job.js';

export const plugin = definePlugin({ actions: [k8sJob, k8sJobDelete] });
