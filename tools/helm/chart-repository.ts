import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { runTool } from '../infra/processes.ts';
import { chartFolder } from './chart.ts';

export interface ChartRepository extends AsyncDisposable {
  readonly url: string;
}

/** Packages the chart and serves it on loopback, as a chart repository does. */
export const serveChart = async (helm: string, folder: string): Promise<ChartRepository> => {
  const packages = path.join(folder, 'repository');
  await mkdir(packages);
  const server = createServer((request, response) => {
    readFile(path.join(packages, path.basename(request.url ?? ''))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await runTool(helm, ['package', chartFolder, '--destination', packages]);
  await runTool(helm, ['repo', 'index', packages, '--url', url]);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
