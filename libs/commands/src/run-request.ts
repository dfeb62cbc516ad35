import { askedTestEnvironment, placementParts, projectFiles, projectPath } from '@testmesh/contracts';
import * as z from 'zod';

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'a name has letters, digits, _ and -');
const texts = z.record(name, z.string());
const json = z.json().meta({ id: 'Json' });
const values = z.record(name, json);

const bundle = z
  .strictObject({
    entry: projectPath.describe('the flow to run, one of the files'),
    files: projectFiles.describe('every file that the flow names, by its path in the project'),
  })
  .meta({ id: 'Bundle' });

const definition = z
  .union([z.string().min(1), z.record(z.string(), json)])
  .describe('a flow: YAML text, or the same as an object');

/** The parts of a request. */
export const runRequestParts = {
  flow_id: z.guid().optional().describe('a flow kept on the server'),
  definition: definition.optional(),
  bundle: bundle.optional(),
  environment: z.string().min(1).max(200).optional().describe('name or id of an environment of the workspace'),
  confirm_environment: z.string().optional().describe('the name of the environment once more, where it is protected'),
  variables: values.default({}).describe('strongest of all; what `--var` gives'),
  env_file_variables: texts.default({}).describe('what `--env-file` gives'),
  flow_env_file_variables: texts
    .optional()
    .describe("what the flow's own `env_file` holds, where it is not in the bundle"),
  os_variables: texts
    .default({})
    .describe('OS variables of the machine that asks; only those the flow mentions are kept'),
  secret_names: z
    .array(name)
    .max(1000)
    .default([])
    .describe('variables whose values are masked, beside those the flow marks'),
  ...placementParts,
  seed: z.string().min(1).max(200).optional().describe('makes random values repeatable'),
  test_environment: askedTestEnvironment.optional(),
  plugin_actions: z
    .record(z.string().max(100), z.string().max(200))
    .optional()
    .describe(
      "actions that plugins of the project bring, with the plugin's name: to say why one is not to be had here",
    ),
  tags: z.array(z.string().min(1).max(100)).max(50).default([]).describe("beside the flow's own"),
};

/** What POST /executions takes. Exactly one of `flow_id`, `definition` and `bundle` says what to run. */
export const runRequest = z
  .strictObject(runRequestParts)
  .refine((body) => [body.flow_id, body.definition, body.bundle].filter((given) => given !== undefined).length === 1, {
    error: 'say what to run: exactly one of flow_id, definition and bundle',
  })
  .meta({ id: 'RunRequest' });
export type RunRequest = z.output<typeof runRequest>;
