import { type RunRequest, requestRun, runRequestParts } from '@testmesh/commands';
import { type BundleManifest, bundleManifest, Problem } from '@testmesh/contracts';
import { type RecordedEvent, type RunEvent, runEventOf, type Value, type ValueMap } from '@testmesh/domain';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from './deps.ts';
import { demandRun, readHistory } from './run-history.ts';
import { IDEMPOTENCY_KEY, idempotencyKey, runParams } from './run-routes.ts';
import { execution, executionOf } from './wire.ts';

// The same files once more. Secrets and OS variables are not: they were deleted with the first run's end and are given anew.

const {
  environment,
  confirm_environment,
  variables,
  env_file_variables,
  flow_env_file_variables,
  os_variables,
  pool,
  priority,
  seed,
} = runRequestParts;

const rerunRequest = z
  .strictObject({
    environment,
    confirm_environment,
    variables,
    env_file_variables,
    flow_env_file_variables,
    os_variables,
    pool: pool.unwrap().optional(),
    priority,
    seed,
  })
  .default({ variables: {}, env_file_variables: {}, os_variables: {}, priority: 0 })
  .meta({ id: 'RerunRequest' });
type RerunRequest = z.output<typeof rerunRequest>;

export const rerunRoute = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/executions/:id/rerun',
    operationId: 'rerunExecution',
    summary: 'Run the same files again',
    description:
      'Variables of the first run are used again unless they are given; values that were secret are gone and have to be given.',
    tags: ['Executions'],
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    params: runParams,
    body: rerunRequest,
    example: { variables: { PASSWORD: 'given-again' } },
    responses: { 201: execution },
    handle: async ({ params, body, caller, headers }) => {
      const first = requestOf(await demandRun(deps, caller.workspace, params.id));
      const request = { ...(await againOf(deps, params.id, first, body)) };
      const { runId } = await requestRun(deps, request, {
        caller,
        trigger: { kind: 'rerun', id: params.id },
        idempotencyKey: idempotencyKey(headers),
        ...(first.flow.id !== undefined && { flowId: first.flow.id }),
      });
      const { row } = await readHistory(deps, caller.workspace, runId);
      return { status: 201, headers: { location: `/api/v1/executions/${runId}` }, body: executionOf(row) };
    },
  });

type Requested = Extract<RunEvent, { readonly type: 'RunRequested' }>;

const requestOf = (event: RecordedEvent): Requested => runEventOf(event) as Requested;

const againOf = async (deps: RunDeps, runId: string, first: Requested, given: RerunRequest): Promise<RunRequest> => {
  if (first.bundle === undefined) {
    throw new Problem('cannot-be-done', `the files of the execution ${runId} were read in place and are not kept`);
  }
  const known = first.variables;
  const again = new Set([...Object.keys(given.variables), ...Object.keys(given.env_file_variables)]);
  const lost = Object.keys(known).filter((name) => !again.has(name) && isMasked(known[name] ?? null));
  if (lost.length > 0) throw secretsAreGone(runId, lost);
  const kept = Object.entries(known).filter(([name]) => !again.has(name)) as [
    string,
    RunRequest['variables'][string],
  ][];
  const wanted = given.environment ?? first.environment;
  return {
    ...given,
    bundle: await bundleOf(deps, first.bundle),
    ...(wanted !== undefined && { environment: wanted }),
    variables: { ...Object.fromEntries(kept), ...given.variables },
    secret_names: Object.keys(known).filter((name) => isSecret(known[name] ?? null)),
    pool: given.pool ?? first.pool ?? 'default',
    tags: [...first.tags],
  };
};

const isSecret = (value: Value): boolean =>
  typeof value === 'object' && value !== null && typeof (value as ValueMap)['$secret'] === 'string';

/** What the event does not tell: the value stood for a secret, or had one in it. */
const isMasked = (value: Value): boolean => isSecret(value) || (JSON.stringify(value) ?? '').includes('***');

const secretsAreGone = (runId: string, names: readonly string[]): Problem =>
  new Problem('cannot-be-done', `give ${names.join(', ')} anew: secrets of ${runId} were deleted with its end`, {
    errors: names.map((name) => ({ pointer: `/variables/${name}`, message: 'was secret and is not kept' })),
  });

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
