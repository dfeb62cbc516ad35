import * as z from 'zod';

// What TestMesh and a plugin process say to each other. Unknown members are let pass, so that either side may grow.

const action = z.object({
  /** The name that flows use. */
  id: z.string().regex(/^[A-Za-z][A-Za-z0-9_.]*$/, 'has letters, digits, _ and dots'),
  name: z.string().optional(),
  description: z.string().optional(),
  /** JSON Schema of the config. */
  schema: z.record(z.string(), z.unknown()).default({ type: 'object' }),
  /** Keys of the result and what they are. */
  result: z.record(z.string(), z.string()).optional(),
  effect: z.enum(['once', 'repeatable']).default('once'),
});
export type ProcessAction = z.output<typeof action>;

/** GET /info. */
export const processInfo = z.object({
  id: z.string().min(1),
  version: z.string().min(1),
  /** The version of this protocol. */
  api: z.number().default(1),
  /** Whether POST /cancel is understood. */
  cancel: z.boolean().default(false),
  actions: z.array(action).min(1),
});
export type ProcessInfo = z.output<typeof processInfo>;

/** POST /execute answers with this. */
export const processAnswer = z.object({
  success: z.boolean(),
  output: z.record(z.string(), z.unknown()).default({}),
  error: z
    .object({ code: z.string().optional(), message: z.string().default(''), details: z.unknown().optional() })
    .optional(),
  logs: z.array(z.object({ level: z.string().default('info'), message: z.string() })).default([]),
});
export type ProcessAnswer = z.output<typeof processAnswer>;
