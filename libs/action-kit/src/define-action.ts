import type { ActionSchema } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import type * as z from 'zod';
import type { ActionContext, ActionOutcome } from './action-context.ts';

/** Where an action that is not built in comes from; the run's record names it. */
export interface PluginIdentity {
  readonly name: string;
  readonly version: string;
}

/** What the engine sees: rendered, unchecked config in, outcome out. The config's type stays inside. */
export interface Action {
  readonly schema: ActionSchema;
  /** Absent for an action that TestMesh brings itself. */
  readonly plugin?: PluginIdentity;
  readonly prepare?: (config: ValueMap, context: ActionContext) => Promise<void>;
  readonly perform: (config: ValueMap, context: ActionContext) => Promise<ActionOutcome>;
}

export interface ActionDefinition<Schema extends ActionSchema> {
  readonly schema: Schema;
  /**
   * Called before setup when the step's config can be rendered by then, to note where streams stand.
   * A failure here is no verdict: `run` meets the same condition again and reports it.
   */
  readonly prepare?: (config: z.output<Schema['config']>, context: ActionContext) => Promise<void>;
  readonly run: (config: z.output<Schema['config']>, context: ActionContext) => Promise<ActionOutcome>;
}

/** Binds a driver-free schema to the code that carries it out; the config is checked again after rendering. */
export const defineAction = <Schema extends ActionSchema>({
  schema,
  prepare,
  run,
}: ActionDefinition<Schema>): Action => ({
  schema,
  ...(prepare && {
    async prepare(config, context) {
      const parsed = schema.config.safeParse(config);
      if (parsed.success) await prepare(parsed.data as z.output<Schema['config']>, context);
    },
  }),
  async perform(config, context) {
    const parsed = schema.config.safeParse(config);
    if (parsed.success) return run(parsed.data as z.output<Schema['config']>, context);
    return { kind: 'not-carried-out', code: 'TM3201', reason: configProblem(schema.type, parsed.error) };
  },
});

const configProblem = (type: string, error: z.ZodError): string =>
  `the config of ${type} does not fit once its templates are rendered: ${error.issues
    .map(({ path, message }) => `${path.join('.') || 'config'}: ${message}`)
    .join('; ')}`;
