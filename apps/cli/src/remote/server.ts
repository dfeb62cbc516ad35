import { createClient } from '@testmesh/client';
import { CommandEnd } from '../exit-code.ts';
import type { LoadedFlows } from '../run/load-flows.ts';
import type { PreparedFlow } from '../run/prepare-flows.ts';
import type { RunOptions } from '../run/settings.ts';
import { checkRemotely, type RemoteSettings, type RunRequest, requestOf } from './remote-run.ts';

/** The server that `--api` names, with the key that the shell holds. */
export const serverOf = (api: string): Pick<RemoteSettings, 'client' | 'url' | 'apiKey'> => {
  if (!URL.canParse(api) || !/^https?:$/.test(new URL(api).protocol)) {
    throw new CommandEnd('usage', `--api ${api} is not an address such as https://testmesh.example.com`);
  }
  const key = process.env['TESTMESH_API_KEY'];
  const apiKey = key === undefined || key === '' ? undefined : key;
  return { client: createClient({ url: api, apiKey }), url: api, apiKey };
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
    given: loaded.given,
    seed: options.seed,
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
