import { type Action, actionSchema, PLUGIN_API } from '@testmesh/action-kit';
import * as z from 'zod';
import { guarded } from './guarded-action.ts';
import { moduleFile } from './module-file.ts';
import { type LoadedPlugin, type NamedPlugin, PluginProblem, reasonOf } from './plugin.ts';

const SHAPE_HELP = 'it exports: export const plugin = definePlugin({ actions: […] }), from @testmesh/action-kit';

const pluginShape = z.object({ api: z.number(), actions: z.array(z.unknown()).min(1) });
const actionShape = z.object({
  schema: z.looseObject({
    type: z.string().regex(/^[A-Za-z][A-Za-z0-9_.]*$/, 'has letters, digits, _ and dots'),
    summary: z.string().min(1),
    aliases: z.array(z.string()).default([]),
    config: z.custom((value) => typeof value === 'object' && value !== null && '_zod' in value, 'is no zod schema'),
  }),
  perform: z.custom((value) => typeof value === 'function', 'is no function: use defineAction'),
});

/** Imports a plugin and looks at what it exports; rejects with a `PluginProblem`. */
export const loadModule = async (source: NamedPlugin, base: string): Promise<LoadedPlugin> => {
  const { url, identity } = await moduleFile(source, base);
  const shown = `${identity.name} ${identity.version}`;
  const exported = await importOf(url, shown);
  const plugin = pluginShape.safeParse(exported['plugin']);
  if (!plugin.success) {
    const names = Object.keys(exported).join(', ') || 'nothing';
    throw new PluginProblem('TM6203', `the plugin ${shown} exports no \`plugin\`; it exports ${names}`, SHAPE_HELP);
  }
  const { api, actions } = plugin.data;
  if (api !== PLUGIN_API) throw otherVersion(shown, api);
  return { identity, source, actions: actions.map((action) => guarded(checkedAction(action, shown), identity)) };
};

const importOf = async (url: string, shown: string): Promise<Readonly<Record<string, unknown>>> => {
  try {
    return await import(url);
  } catch (error) {
    const help = 'the message is the plugin’s own; its dependencies may not be installed';
    throw new PluginProblem('TM6202', `the plugin ${shown} broke while it was loaded: ${reasonOf(error)}`, help, {
      cause: error,
    });
  }
};

const otherVersion = (shown: string, api: number): PluginProblem =>
  new PluginProblem(
    'TM6203',
    `the plugin ${shown} was written for version ${api} of the plugin API, this testmesh speaks version ${PLUGIN_API}`,
    api > PLUGIN_API ? 'use a newer testmesh, or an older version of the plugin' : 'use a newer version of the plugin',
  );

const checkedAction = (action: unknown, shown: string): Action => {
  const checked = actionShape.safeParse(action);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const what = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
    throw new PluginProblem('TM6203', `an action of the plugin ${shown} is not one: ${what}`, SHAPE_HELP);
  }
  const { schema, ...rest } = action as Action;
  return { ...rest, schema: actionSchema(schema) };
};
