import { relative } from 'node:path';
import { type ApiClient, ApiProblem, type components, follow, Unreachable } from '@testmesh/client';
import type { Diagnostic } from '@testmesh/contracts';
import { type RunEvent, type RunId, stringifyJson } from '@testmesh/domain';
import { CommandEnd } from '../exit-code.ts';
import type { PreparedFlow } from '../run/prepare-flows.ts';
import type { GivenVariables } from '../run/variables.ts';
import { type Pack, packFlow } from './pack.ts';

// A run on a server instead of here: its files are packed, its facts come back as they happen, and everything that is
// printed is made of them as for a local run.

export interface RemoteSettings {
  readonly client: ApiClient;
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly environment: string | undefined;
  /** What `--confirm` says: the name of a protected environment. */
  readonly confirmed: string | undefined;
  readonly given: GivenVariables;
  /** Which plugin brings an action that TestMesh does not. */
  readonly pluginActions: Readonly<Record<string, string>>;
  readonly seed: string | undefined;
  /** The context that `--test-env` names. */
  readonly testEnvironment: string | undefined;
  readonly pool: string | undefined;
  readonly priority: number | undefined;
  /** Nothing outside is sent. */
  readonly root: string;
  readonly cwd: string;
  readonly log: (message: string) => void;
}

export type RunRequest = components['schemas']['RunRequest'];

const bodyOf = (pack: Pack, flow: PreparedFlow, settings: RemoteSettings): RunRequest => ({
  bundle: pack,
  ...(settings.environment !== undefined && { environment: settings.environment }),
  ...(settings.confirmed !== undefined && { confirm_environment: settings.confirmed }),
  ...(settings.seed !== undefined && { seed: settings.seed }),
  ...(settings.testEnvironment !== undefined && { test_environment: settings.testEnvironment }),
  ...(settings.pool !== undefined && { pool: settings.pool }),
  ...(settings.priority !== undefined && { priority: settings.priority }),
  variables: Object.fromEntries(settings.given.variables),
  env_file_variables: texts(settings.given.envFileVariables),
  os_variables: texts(flow.osVariables),
  ...(Object.keys(settings.pluginActions).length > 0 && { plugin_actions: settings.pluginActions }),
});

const texts = (values: PreparedFlow['osVariables']): Record<string, string> =>
  Object.fromEntries(
    [...values].map(([name, value]) => [name, typeof value === 'string' ? value : stringifyJson(value)]),
  );

/** What the server is asked to run. */
export const requestOf = async (flow: PreparedFlow, settings: RemoteSettings): Promise<RunRequest> =>
  bodyOf(await packFlow(relative(settings.cwd, flow.absolute), settings.cwd, settings.root), flow, settings);

/** Asks the server whether it would take a flow; the diagnostics are its own. */
export const checkRemotely = async (
  request: RunRequest,
  { client, url }: RemoteSettings,
): Promise<readonly Diagnostic[]> => {
  try {
    const { data } = await client.POST('/api/v1/executions/check', { body: request });
    return (data?.warnings ?? []).map(diagnosticOf);
  } catch (error) {
    if (error instanceof ApiProblem && error.body.code === 'flow-invalid') {
      return (error.body.errors ?? []).map(diagnosticOf);
    }
    throw commandEnd(error, url);
  }
};

type Detail = NonNullable<NonNullable<ApiProblem['body']['errors']>[number]>;

const diagnosticOf = (detail: Detail): Diagnostic => {
  const { line = 1, column = 1 } = detail;
  return {
    code: detail.code ?? '',
    severity: detail.severity ?? 'error',
    message: detail.message,
    span: { file: detail.file ?? '', line, column, endLine: line, endColumn: column + 1 },
    ...(detail.suggestion !== undefined && { suggestion: detail.suggestion }),
    ...(detail.help !== undefined && { help: detail.help }),
  };
};

/** Starts a run and gives its id at once. */
export const startRemotely = async (request: RunRequest, { client, url, log }: RemoteSettings): Promise<RunId> => {
  try {
    const { data } = await client.POST('/api/v1/executions', {
      body: request,
      headers: { 'idempotency-key': crypto.randomUUID() },
    });
    if (data === undefined) throw new Error('the server answered without a run');
    // Older servers do not say it.
    if (typeof data.waiting_for === 'string') log(`run ${data.id} waits: ${data.waiting_for}`);
    return data.id as RunId;
  } catch (error) {
    throw commandEnd(error, url);
  }
};

/** Gives every fact of the run as it comes; when `cancel` aborts the server is asked to cancel, and its end is awaited. */
export const followRemotely = async (
  runId: RunId,
  { client, url, apiKey, log }: RemoteSettings,
  signals: { readonly cancel: AbortSignal; readonly force: AbortSignal },
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  const askToCancel = (): void => {
    client
      .POST('/api/v1/executions/{id}/cancel', { params: { path: { id: runId } } })
      .catch((error: Error) => log(`run ${runId} could not be cancelled: ${error.message}`));
  };
  if (signals.cancel.aborted) askToCancel();
  else signals.cancel.addEventListener('abort', askToCancel, { once: true });
  try {
    for await (const { type, data } of follow({ url, apiKey, runId, signal: signals.force, onLost: log })) {
      onEvent({ type, ...data } as unknown as RunEvent);
    }
  } catch (error) {
    if (signals.force.aborted) return;
    throw commandEnd(error, url);
  } finally {
    signals.cancel.removeEventListener('abort', askToCancel);
  }
};

/** What a server's refusal means for the command. */
export const commandEnd = (error: unknown, url: string): unknown => {
  if (error instanceof Unreachable) return new CommandEnd('usage', error.message);
  if (!(error instanceof ApiProblem)) return error;
  if (error.status === 401) {
    return new CommandEnd(
      'unauthenticated',
      `${url} asks for a valid API key: set TESTMESH_API_KEY (${error.message})`,
    );
  }
  if (error.status === 403) return new CommandEnd('unauthenticated', `${url}: ${error.message}`);
  const places = (error.body.errors ?? [])
    .map(({ pointer, message }) => `\n  ${pointer ?? ''}${message === error.message ? '' : ` ${message}`}`)
    .join('');
  return new CommandEnd('usage', `${url}: ${error.message}${places}`);
};
