import { createHash } from 'node:crypto';
import { Problem, type RunInputs } from '@testmesh/contracts';
import {
  canonicalJson,
  dataOf,
  type RunTrigger,
  runEventVersion,
  stringifyJson,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import { eventId, newRunId } from '@testmesh/runtime';
import { type CheckedFlow, checkRequest, typedTexts } from './check-request.ts';
import { isConfirmed, noEnvironment, unconfirmed } from './confirmed-environment.ts';
import type { RequestDeps, Requester } from './deps.ts';
import { type Files, textOf } from './flow-files.ts';
import { refusingPlugins } from './plugin-refusal.ts';
import { type RequestedEvent, requestEvent } from './request-event.ts';
import type { RunRequest } from './run-request.ts';
import { type FlowFiles, keptFiles, storedFiles } from './stored-files.ts';

// From a request to a queued run. Invariants:
// Q1. Everything the run needs is stored before it is queued: whoever claims it finds its files and inputs.
// Q2. The same idempotency key and body lead to the same run, also when the first answer was lost half-way.

export interface RequestedRun {
  readonly runId: string;
  readonly checked: CheckedFlow;
}

export interface Origin {
  readonly caller: Requester;
  readonly trigger: RunTrigger;
  readonly idempotencyKey: string | undefined;
  /** Of the stored flow whose files came as a bundle. */
  readonly flowId?: string;
  /** Variables that are credentials elsewhere: secret here, whatever this flow makes of them. */
  readonly secretNames?: readonly string[] | undefined;
  /** The run's own id, where it was chosen before: asked for again it is the same run. */
  readonly runId?: string;
  /** Aborted with a Problem when whoever asks was answered with that. */
  readonly signal?: AbortSignal;
}

export const streamOf = (runId: string): string => `run-${runId}`;

/** Checks, keeps and queues a run; refuses it where the answer to whoever asks was given without it. */
export const requestRun = async (deps: RequestDeps, request: RunRequest, origin: Origin): Promise<RequestedRun> => {
  const { workspace } = origin.caller;
  const { checked, entry, environment } = await checkRun(deps, request, workspace);
  const runId = await runIdFor(deps, request, origin);
  if (mayBeRequested(origin) && (await isRequested(deps, runId))) return { runId, checked };
  const secretNames = [...request.secret_names, ...secretsElsewhere(checked, origin)];
  const asked = { ...request, secret_names: secretNames };
  const inputs = { ...inputsOf(asked, checked, environment, runId), ...pluginsOf(deps) };
  const [bundle] = await Promise.all([
    keepFiles(deps, entry, checked.files),
    deps.secrets.keep(runId, 'inputs', stringifyJson(inputs as unknown as Value)),
  ]);
  if (origin.signal?.reason instanceof Problem) throw origin.signal.reason;
  const event = requestEvent(request, checked, inputs, { bundle, trigger: origin.trigger, flowId: origin.flowId });
  await enqueue(deps, request, { runId, origin, event, exclusive: checked.flow.exclusive });
  return { runId, checked };
};

/** Reads and checks what a request names; keeps nothing. */
export const checkRun = async (deps: RequestDeps, request: RunRequest, workspace: string) => {
  const flow = await filesOf(deps, request, workspace);
  const environment = await environmentOf(deps, request, workspace, flow);
  const checked = await checkRequest(
    {
      ...flow,
      environment,
      variables: new Map(Object.entries(request.variables as ValueMap)),
      envFileVariables: typedTexts(request.env_file_variables),
      flowEnvFileVariables: request.flow_env_file_variables && typedTexts(request.flow_env_file_variables),
      osVariables: typedTexts(request.os_variables),
      testEnvironment: request.test_environment !== undefined,
    },
    refusingPlugins(deps.catalogue, request.plugin_actions),
  );
  // One that came in the bundle says itself whether it is protected.
  if (environment !== undefined && checked.environment?.protected && !isConfirmed(environment.name, askedOf(request))) {
    throw unconfirmed(environment.name);
  }
  return { checked, entry: flow.entry, environment };
};

const filesOf = async (deps: RequestDeps, request: RunRequest, workspace: string): Promise<FlowFiles> => {
  if (request.bundle !== undefined) {
    const { entry, files } = request.bundle;
    return { entry, files: new Map(Object.entries(files).map(([path, file]) => [path, bytesOf(file)])) };
  }
  if (request.definition !== undefined) {
    const isText = typeof request.definition === 'string';
    const entry = isText ? 'definition.yaml' : 'definition.json';
    const text = isText ? (request.definition as string) : JSON.stringify(request.definition, null, 2);
    return { entry, files: new Map([[entry, Buffer.from(text)]]) };
  }
  const id = request.flow_id as string;
  const stored = await storedFiles(deps, workspace, id);
  if (stored !== undefined) return stored;
  throw new Problem('not-found', `there is no flow ${id} in this workspace`, {
    errors: [{ pointer: '/flow_id', message: 'no flow of the workspace has this id' }],
  });
};

const bytesOf = (file: string | { readonly base64: string }): Uint8Array =>
  typeof file === 'string' ? Buffer.from(file) : Buffer.from(file.base64, 'base64');

type Environment = RunInputs['environment'];

/** The workspace's environment of that name; a bundle may bring one that the workspace does not have. */
const environmentOf = async (
  { environments }: RequestDeps,
  request: RunRequest,
  workspace: string,
  { entry, files }: FlowFiles,
): Promise<Environment> => {
  const { environment: wanted } = request;
  if (wanted === undefined) return undefined;
  const kept = await environments.find(workspace, wanted);
  if (kept !== undefined) {
    if (kept.isProtected && !isConfirmed(kept.name, askedOf(request))) throw unconfirmed(kept.name);
    return { name: kept.name, file: kept.file, text: kept.text };
  }
  for (let folder = folderOf(entry); folder !== undefined; folder = folderOf(folder)) {
    const file = `${folder === '' ? '' : `${folder}/`}environments/${wanted}.yaml`;
    const text = textOf(files, file);
    if (text !== undefined) return { name: wanted, file, text };
  }
  throw noEnvironment(wanted);
};

const askedOf = ({ environment, confirm_environment: confirmed }: RunRequest) => ({
  environment: environment ?? null,
  confirmedEnvironment: confirmed ?? null,
});

/** `a/b` → `a` → `` → nothing. */
const folderOf = (path: string): string | undefined => {
  if (path === '') return undefined;
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
};

const runIdFor = async (
  deps: RequestDeps,
  request: RunRequest,
  { caller, trigger, idempotencyKey, runId = newRunId() }: Origin,
): Promise<string> => {
  if (idempotencyKey === undefined) return runId;
  const fingerprint = sha256(canonicalJson({ request: request as unknown as Value, trigger: { ...trigger } }));
  const atMs = deps.clock.now();
  const kept = await deps.idempotency.claim({
    workspace: caller.workspace,
    key: idempotencyKey,
    fingerprint,
    runId,
    atMs,
  });
  if (kept.fingerprint === fingerprint) return kept.runId;
  throw new Problem(
    'key-reused',
    `the Idempotency-Key ${idempotencyKey} came with another request before; use a new one`,
  );
};

/** An id that was made for this request alone is nobody's yet. */
const mayBeRequested = ({ idempotencyKey, runId }: Origin): boolean =>
  idempotencyKey !== undefined || runId !== undefined;

/** The run was asked for before: its inputs may be gone already, and must not come back. */
const isRequested = async ({ journal }: RequestDeps, runId: string): Promise<boolean> => {
  for await (const _event of journal.read(streamOf(runId))) return true;
  return false;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const keepFiles = async ({ blobs }: RequestDeps, entry: string, files: Files): Promise<string> => {
  const hashes = await keptFiles(blobs, files);
  return blobs.put(Buffer.from(canonicalJson({ entry, files: hashes })));
};

const inputsOf = (request: RunRequest, checked: CheckedFlow, environment: Environment, runId: string): RunInputs => ({
  ...(environment !== undefined && { environment }),
  variables: request.variables,
  envFileVariables: plain(typedTexts(request.env_file_variables)),
  flowEnvFileVariables: plain(checked.flowEnvFileVariables),
  osVariables: plain(checked.osVariables),
  secretNames: request.secret_names,
  seed: request.seed ?? runId,
  ...(request.test_environment && { testEnvironment: request.test_environment }),
});

/** What the flow itself makes a credential of is masked as one: where it stands, and by its value when it is long. */
const secretsElsewhere = ({ credentials }: CheckedFlow, { secretNames = [] }: Origin): readonly string[] =>
  secretNames.filter((name) => !credentials.has(name));

/** Executors have lists of their own: one that lacks a plugin can say which. */
const pluginsOf = ({ catalogue: { pluginActions = {} } }: RequestDeps): Pick<RunInputs, 'pluginActions'> =>
  Object.keys(pluginActions).length === 0 ? {} : { pluginActions };

const plain = (values: ReadonlyMap<string, Value>): RunInputs['variables'] =>
  Object.fromEntries(values) as RunInputs['variables'];

interface Queued {
  readonly runId: string;
  readonly origin: Origin;
  readonly event: RequestedEvent;
  readonly exclusive: readonly string[];
}

const enqueue = async (
  deps: RequestDeps,
  request: RunRequest,
  { runId, origin, event, exclusive }: Queued,
): Promise<void> => {
  const { workspace, actor } = origin.caller;
  const stream = streamOf(runId);
  await deps.queue.request([
    {
      runId,
      workspace,
      pool: request.pool,
      priority: request.priority,
      exclusive,
      event: {
        id: eventId(stream, 0, 1),
        stream,
        type: event.type,
        sv: runEventVersion(event.type),
        workspace,
        epoch: 0,
        actor,
        time: Math.round(deps.clock.now() * 1000),
        data: dataOf(event),
      },
    },
  ]);
};
