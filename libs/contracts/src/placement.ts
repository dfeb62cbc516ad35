import * as z from 'zod';

export const poolName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a pool has small letters, digits, dots and dashes');

/** Of every request for runs. */
export const placementParts = {
  pool: poolName.default('default').describe('executors, or a site agent, of this pool carry it out'),
  priority: z.int().min(-100).max(100).default(0).describe('before runs of its workspace and pool that have less'),
};

/** Who carries runs out, and before which others of their workspace. */
export interface Placement {
  readonly pool: string;
  readonly priority: number;
}
