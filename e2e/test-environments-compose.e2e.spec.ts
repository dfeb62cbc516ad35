import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { dockerAt, ensureImage } from '../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../tools/testing/real.ts';
import { type Folder, projectFolder, root, testmesh } from './support/cli.ts';
import { dataFolder, freePort, type RunningPlatform, startPlatform } from './support/platform.ts';

// The worked example of docs/test-environments-providers.md, with the templates that it names.

// Images are built and containers start here.
jest.setTimeout(600_000);

const IMAGES = ['redis:7-alpine', 'node:24-bookworm-slim'];
const namespace = `review-compose-${process.pid}`;

describeWith('docker', 'a test environment of containers', (address) => {
  let data: Awaited<ReturnType<typeof dataFolder>>;
  let platform: RunningPlatform;
  let folder: Folder;
  const docker = dockerAt(address);
  const ours = async () =>
    (await docker.listContainers({ all: true })).filter(({ Names }) => Names[0]?.startsWith(`/${namespace}`));

  beforeAll(async () => {
    for (const image of IMAGES) await ensureImage(address, image);
    data = await dataFolder();
    platform = await startPlatform(data.path, await freePort(), {
      ...{ TESTMESH_COMPOSE_DOCKER: address, TESTMESH_TEMPLATES: join(root, 'examples/templates') },
      TESTMESH_NAMESPACES: 'review-*',
    });
    const page = readFileSync(join(root, 'docs/test-environments-providers.md'), 'utf8');
    const flow = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
    folder = await projectFolder({
      'order.yaml': flow.replace('review-pr-123', namespace),
      'absent.yaml': flow
        .replace('review-pr-123', `${namespace}-absent`)
        .replaceAll('pr-123', 'pr-9')
        .replace('shop,', 'mall,'),
    });
  });
  afterAll(async () => {
    await platform?.stop();
    for (const { Id } of await ours()) await docker.getContainer(Id).remove({ force: true, v: true });
    const networks = await docker.listNetworks({ filters: { name: [namespace] } });
    for (const { Id } of networks) await docker.getNetwork(Id).remove();
    await folder?.[Symbol.asyncDispose]();
    await data?.[Symbol.asyncDispose]();
  });

  const cli = (...args: string[]) =>
    testmesh([...args, '--api', platform.url], { cwd: folder.path, timeoutMs: 300_000 });

  test('is made for a run that asks for it, reached at its own ports, used again, and gone in the end', async () => {
    const first = await cli('run', 'order.yaml');
    expect(`${first.stdout}${first.stderr}`).toContain('passed');
    expect(first.code).toBe(0);
    const containers = await ours();
    expect(containers.map(({ State }) => State)).toEqual(['running', 'running']);
    expect((await cli('run', 'order.yaml')).code).toBe(0);
    expect((await ours()).map(({ Id }) => Id)).toEqual(containers.map(({ Id }) => Id));
    const destroyed = await cli('testenv', 'destroy', 'pr-123', '--wait');
    expect(`${destroyed.code} ${destroyed.stdout}${destroyed.stderr}`).toMatch(/^0 /);
    expect(await ours()).toEqual([]);
    expect(await docker.listNetworks({ filters: { name: [namespace] } })).toEqual([]);
  });

  test('that cannot be made ends the run with the reason', async () => {
    const { code, stdout, stderr } = await cli('run', 'absent.yaml');
    expect(`${stdout}${stderr}`).toContain('there is no template "mall"; there is shop');
    expect(code).not.toBe(0);
  });
});
