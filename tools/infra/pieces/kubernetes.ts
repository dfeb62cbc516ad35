// A Kubernetes API of our own: etcd, API server and controllers in one process, built from Kubernetes' own modules by Go.
// The build takes minutes where Go's caches are empty, and is kept by the hash of what it is made of.
import { access, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { exists, hashOf, madeOnce } from '../cache.ts';
import { freePort } from '../ports.ts';
import { onFreePort, runTool, startServer } from '../processes.ts';
import { type Running, reasonOf, type Site, Unavailable } from '../vocabulary.ts';

const sources = path.resolve(import.meta.dirname, '../../kube-api');

/** Asked where the sources are: a Go that is older than they want fetches the one they want, or says why it cannot. */
const goVersion = async (): Promise<string> => {
  try {
    return await runTool('go', ['version'], { cwd: sources });
  } catch (error) {
    const reason = reasonOf(error).trim().split('\n').at(-1);
    throw new Unavailable(
      `a Kubernetes API is built with Go: ${reason}`,
      'install Go 1.26 or newer: https://go.dev/dl',
    );
  }
};

/** A server that does not know its version is refused by every chart that asks for one. */
const linkerFlags = (goMod: string): string => {
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  const said = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const names = Object.entries(said).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...names].join(' ');
};

const textOf = (file: string) => readFile(path.join(sources, file), 'utf8');

/** The program, built if it is not kept yet. Two cores and the people at them are left some air: hence `nice`. */
const kubeApi = async (site: Site): Promise<string> => {
  const version = await goVersion();
  const files = (await readdir(sources)).filter((name) => /\.go$|^go\.(mod|sum)$/.test(name)).sort();
  const flags = linkerFlags(await textOf('go.mod'));
  const hash = hashOf(version, flags, ...(await Promise.all(files.map(textOf))));
  const folder = await madeOnce(site.cache, `kube-api-${hash}`, async (draft) => {
    site.say('building a Kubernetes API (minutes where Go has not built it before, once)');
    const build = ['go', 'build', '-p', '2', '-mod=readonly', '-buildvcs=false', '-trimpath', `-ldflags=${flags}`];
    await runTool('nice', ['-n', '5', ...build, '-o', path.join(draft, 'kube-api'), '.'], { cwd: sources });
  });
  return path.join(folder, 'kube-api');
};

const portItHad = 0;

/** Its address is the path of a kubeconfig whose user may do everything. */
export const startKubernetes = async (site: Site): Promise<Running> => {
  const command = await kubeApi(site);
  const state = path.join(site.folder, 'state');
  const [kubeconfig, ready] = [path.join(state, 'kubeconfig'), path.join(state, 'ready')];
  const start = async (port: number): Promise<Running> => {
    await rm(ready, { force: true }); // one that was killed left it
    const server = await startServer({
      command,
      args: [`--folder=${state}`, `--port=${port}`, '--follow-parent'],
      site,
      probe: () => access(ready),
      deadlineMs: 120_000,
    });
    return { address: kubeconfig, ...server };
  };
  const hasLivedHere = await exists(kubeconfig);
  return hasLivedHere ? start(portItHad) : onFreePort(site.port, freePort, start);
};
