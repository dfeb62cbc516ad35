import { checkRun, type RunRequest, requestRun, runRequestParts } from '@testmesh/commands';
import { type BundleManifest, bundleManifest, Problem } from '@testmesh/contracts';
import { type RecordedEvent, runEventOf } from '@testmesh/domain';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from './deps.ts';
import {
  demandEnvironmentSaid,
  demandLost,
  demandSaid,
  isSecret,
  keptVariables,
  type Requested,
} from './lost-inputs.ts';
import { demandRun, readHistory } from './run-history.ts';
import { IDEMPOTENCY_KEY, idempotencyKey, runParams } from './run-routes.ts';
import { waitingFor } from './waiting-for.ts';
import { execution, executionOf } from './wire.ts';

// The same files once more. Secrets and OS variables are not: they were deleted with the first run's end and are given anew.

const {
  environment,
  confirm_environment,
  variables,
  env_file_variables,
  flow_env_file_variables,
  os_variables,
  secret_names,
  pool,
  priority,
  seed,
  test_environment,
} = runRequestParts;

const rerunRequest = z
  .strictObject({
    environment,
    confirm_environment,
    variables,
    env_file_variables,
    flow_env_file_variables,
    os_variables: os_variables.unwrap().optional(),
    secret_names,
    pool: pool.unwrap().optional(),
    priority,
    seed,
    test_environment: test_environment
      .unwrap()
      .nullable()
      .optional()
      .describe('lies over what the first run asked for; null for what the flow says alone'),
  })
  .default({ variables: {}, env_file_variables: {}, secret_names: [], priority: 0 })
  .meta({ id: 'RerunRequest' });
type RerunRequest = z.output<typeof rerunRequest>;

export const rerunRoute = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/:id/rerun',
    operationId: 'rerunExecution',
    summary: 'Run the same files again',
    description:
      'Variables of the first run are used again unless they are given. Values that were secret, of an OS or of an env file are gone: without them the run is refused, with their names.',
    tags: ['Executions'],
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: runParams,
    body: rerunRequest,
    example: { variables: { PASSWORD: 'given-again' } },
    responses: { 201: execution },
    handle: async ({ params, body, caller, headers, signal }) => {
      const first = requestOf(await demandRun(deps, caller.workspace, params.id));
      const request = await againOf(deps, params.id, first, body);
      if (!first.given) await demandWhatNobodyKept(deps, params.id, { given: body, request, caller });
      const { runId } = await requestRun(deps, request, {
        caller,
        trigger: { kind: 'rerun', id: params.id },
        idempotencyKey: idempotencyKey(headers),
        signal,
        ...(first.flow.id !== undefined && { flowId: first.flow.id }),
      });
      const { row } = await readHistory(deps, caller.workspace, runId);
      return {
        status: 201,
        headers: { location: `/api/v1/executions/${runId}` },
        body: { ...executionOf(row), waiting_for: await waitingFor(deps, row) },
      };
    },
  });

const requestOf = (event: RecordedEvent): Requested => runEventOf(event) as Requested;

interface Asking {
  readonly given: RerunRequest;
  readonly request: RunRequest;
  readonly caller: { readonly workspace: string };
}

const demandWhatNobodyKept = async (
  deps: RunDeps,
  runId: string,
  { given, request, caller }: Asking,
): Promise<void> => {
  if (given.os_variables === undefined) {
    demandSaid(runId, request, (await checkRun(deps, request, caller.workspace)).checked);
  }
  if (given.test_environment !== undefined) return;
  demandEnvironmentSaid(runId, (await readHistory(deps, caller.workspace, runId)).events);
};

const againOf = async (deps: RunDeps, runId: string, first: Requested, given: RerunRequest): Promise<RunRequest> => {
  if (first.bundle === undefined) {
    throw new Problem('cannot-be-done', `the files of the execution ${runId} were read in place and are not kept`);
  }
  demandLost(runId, first, given);
  const wanted = given.environment ?? first.environment;
  const { test_environment: over, ...others } = given;
  const inside = over === null ? undefined : { ...first.given?.testEnvironment, ...over };
  return {
    ...others,
    bundle: await bundleOf(deps, first.bundle),
    ...(wanted !== undefined && { environment: wanted }),
    variables: { ...keptVariables(first, given), ...given.variables } as RunRequest['variables'],
    os_variables: given.os_variables ?? {},
    secret_names: [...new Set([...namedOnly(first), ...given.secret_names])],
    ...(inside && Object.keys(inside).length > 0 && { test_environment: inside }),
    pool: given.pool ?? first.pool ?? 'default',
    tags: [...first.tags],
  };
};

const namedOnly = ({ variables, given }: Requested): readonly string[] => [
  ...Object.keys(variables).filter((name) => isSecret(variables[name])),
  ...(given?.secretNames ?? []),
];

const bundleOf = async ({ blobs }: RunDeps, hash: string): Promise<NonNullable<RunRequest['bundle']>> => {
  const read = async (content: string): Promise<Uint8Array> => {
    const bytes = await blobs.get(content);
    if (bytes === undefined) throw new Error(`${content}, a part of the bundle ${hash}, is not in the blob store`);
    return bytes;
  };
  const manifest: BundleManifest = bundleManifest.parse(JSON.parse(new TextDecoder().decode(await read(hash))));
  const files: Record<string, { readonly base64: string }> = {};
  for (const [path, content] of Object.entries(manifest.files)) {
    files[path] = { base64: Buffer.from(await read(content)).toString('base64') };
  }
  return { entry: manifest.entry, files };
};
