import type { KnownActions } from '@testmesh/catalogue';
import { createClient } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import type { LoadedFlows } from '../run/load-flows.ts';
import type { PreparedFlow } from '../run/prepare-flows.ts';
import type { RunOptions } from '../run/settings.ts';
import { originOf, readCredentials } from './credentials.ts';
import { checkRemotely, type RemoteSettings, type RunRequest, requestOf } from './remote-run.ts';

/** The server that `--api` names, or that of the last login; with the key that the shell or that login holds. */
export const serverOf = (api: string | undefined): Pick<RemoteSettings, 'client' | 'url' | 'apiKey'> => {
  const kept = readCredentials();
  const url = api ?? kept.current;
  if (url === undefined)
    throw new CommandEnd('usage', 'name the server with --api URL, or log in to one: testmesh login --api URL');
  demandAddress(url);
  const apiKey = process.env['TESTMESH_API_KEY'] || kept.servers[originOf(url)]?.key;
  return { client: createClient({ url, apiKey }), url, apiKey };
};

/** Refuses what is no address of a server. */
export const demandAddress = (url: string): void => {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new CommandEnd('usage', `--api ${url} is not an address such as https://testmesh.example.com`);
};

export interface RemoteFlows extends LoadedFlows {
  readonly settings: RemoteSettings;
  readonly requests: ReadonlyMap<PreparedFlow, RunRequest>;
}

/** Packs the flows and has the server check them all, with its own environments; nothing is run yet. */
export const askServer = async (
  loaded: LoadedFlows,
  options: RunOptions & { readonly api: string },
  cwd: string,
  log: (message: string) => void,
): Promise<RemoteFlows> => {
  const settings: RemoteSettings = {
    ...serverOf(options.api),
    environment: options.env,
    confirmed: options.confirm,
    given: loaded.given,
    pluginActions: pluginActionsOf(loaded.actions),
    seed: options.seed,
    testEnvironment: options.testEnv,
    pool: options.pool,
    priority: options.priority,
    root: loaded.root,
    cwd,
    log,
  };
  const requests = new Map<PreparedFlow, RunRequest>();
  const flows: PreparedFlow[] = [];
  for (const flow of loaded.flows) {
    if (flow.flow === undefined) {
      flows.push(flow);
      continue;
    }
    const request = await requestOf(flow, settings);
    const checked = { ...flow, diagnostics: await checkRemotely(request, settings) };
    requests.set(checked, request);
    flows.push(checked);
  }
  return { ...loaded, flows, settings, requests };
};

const pluginActionsOf = ({ plugins }: KnownActions): Readonly<Record<string, string>> =>
  Object.fromEntries(plugins.flatMap(({ plugin, actions }) => actions.map((action) => [action, plugin.name])));
