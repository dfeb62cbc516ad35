// Helm, built once from its source by Go and kept outside the work tree.
import path from 'node:path';
import { cacheFolder, hashOf, madeOnce } from '../infra/cache.ts';
import { runTool } from '../infra/processes.ts';

const source = 'helm.sh/helm/v3/cmd/helm@v3.22.0';
const flags = ['-trimpath', '-ldflags', '-s -w'];

/** Go's own word on its version; nothing where Go is not on the PATH. */
export const goVersion = (): Promise<string | undefined> => runTool('go', ['env', 'GOVERSION']).catch(() => undefined);

/** Where the program is; the first call of all builds it, which takes some minutes. */
export const helmProgram = async (go: string): Promise<string> => {
  const folder = await madeOnce(cacheFolder(), `helm-${hashOf(source, ...flags, go)}`, async (draft) => {
    await runTool('nice', ['-n', '5', 'go', 'install', ...flags, source], {
      env: { ...process.env, GOBIN: path.join(draft, 'bin'), GOFLAGS: '' },
    });
  });
  return path.join(folder, 'bin', 'helm');
};
