import * as z from 'zod';
import { askedTestEnvironment } from './test-environment.ts';

/** sha256 of some content, hex. */
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A path inside the project, with forward slashes; never absolute, never climbing out. */
export const projectPath = z
  .string()
  .min(1)
  .max(1024)
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\\)[^\0]+$/,
    'must be a path inside the project, such as flows/orders.yaml',
  );

/** A file as a request sends it. */
export const projectFile = z
  .union([z.string(), z.strictObject({ base64: z.base64() })])
  .describe('the text of the file; bytes that are no text as `{"base64": …}`');

const MOST_FILES = 2000;

/** Files that come with a request, by their paths in the project. */
export const projectFiles = z
  .record(projectPath, projectFile)
  .refine((files) => Object.keys(files).length <= MOST_FILES, { error: `has ${MOST_FILES} files at most` })
  .meta({ maxProperties: MOST_FILES });

/** Everything a flow names, by content: what a run reads instead of a disk. Stored as a blob; a run names its hash. */
export const bundleManifest = z.strictObject({
  /** The flow to run. */
  entry: projectPath,
  /** Path → hash of the file's bytes, the entry included. */
  files: z.record(projectPath, sha256),
});
export type BundleManifest = z.infer<typeof bundleManifest>;

const values = z.record(z.string(), z.json());

/** What a run was given beside its files. May hold secrets, so it is kept encrypted under the name `inputs` and deleted with the run's end. */
export const runInputs = z.strictObject({
  /** An environment file's text as `environments/NAME.yaml` would hold it. */
  environment: z.strictObject({ name: z.string(), file: z.string(), text: z.string() }).optional(),
  /** `--var` and request variables. */
  variables: values,
  /** From `--env-file`. */
  envFileVariables: values,
  /** From the flow's own `env_file`. */
  flowEnvFileVariables: values,
  /** OS variables the flow mentions, from where the run was asked for. */
  osVariables: values,
  /** Names whose values are masked, beside those that the flow and the environment mark. */
  secretNames: z.array(z.string()),
  seed: z.string(),
  /** What the request says of the test environment, over the flow's own words. */
  testEnvironment: askedTestEnvironment.optional(),
  /** Actions that plugins bring where the run was asked for, each with its plugin as `name@version`. */
  pluginActions: z.record(z.string(), z.string()).optional(),
});
export type RunInputs = z.infer<typeof runInputs>;
