import { CommandEnd } from '../exit-code.ts';
import { startRemotely } from '../remote/remote-run.ts';
import { askServer } from '../remote/server.ts';
import { diagnosticsText, isInvalid, loadFlows } from '../run/load-flows.ts';
import { nothingSent, type RunOptions, refuseJson } from '../run/settings.ts';

/** Starts runs on a server and leaves them to it: prints the id of each, one a line, and does not wait. */
export const detach = async (paths: readonly string[], options: RunOptions): Promise<void> => {
  refuseJson(options);
  const { api, env: _env, ...here } = options;
  if (api === undefined) throw new CommandEnd('usage', '--detach leaves a run to a server: name it with --api URL');
  if ((options.reporter ?? []).length > 0) {
    throw new CommandEnd(
      'usage',
      '--reporter has nothing to report with --detach: ask later with testmesh show RUN --api',
    );
  }
  const cwd = process.cwd();
  const log = (message: string): boolean => process.stderr.write(`${message}\n`);
  const remote = await askServer(await loadFlows(paths, here, cwd), { ...options, api }, cwd, log);
  const text = diagnosticsText(remote);
  if (text !== '') log(text);
  const invalid = remote.flows.filter(isInvalid).length;
  if (invalid > 0) throw new CommandEnd('invalid', nothingSent(invalid, remote.flows.length));
  for (const [flow, request] of remote.requests) {
    const runId = await startRemotely(request, remote.settings);
    log(`${flow.file} · testmesh show ${runId} --api ${api}`);
    process.stdout.write(`${runId}\n`);
  }
};
