import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectFolder, testmesh } from './support/cli.ts';
import { httpService, json } from './support/http-service.ts';

const flow = (url: string, status: number): string => `flow:
  name: shown
  env: { API: "${url}" }
  setup:
    - id: prepare
      action: transform
      config: { input: { n: 1 }, transforms: { m: "$.n" } }
      output: { m: $.m }
  steps:
    - id: ask
      action: http_request
      config: { method: POST, url: "\${API}/things", headers: { Authorization: "Bearer sesame-open-up" }, body: { m: "\${m}" } }
      assert:
        - status == ${status}
        - body.items[0].price == 9007199254740993
    - id: never
      action: log
      config: { message: "not reached when red" }
  teardown:
    - id: both
      action: parallel
      config:
        branches:
          - steps:
              - { id: left, action: log, config: { message: l } }
          - steps:
              - { id: right, action: log, config: { message: r } }
`;

test('of a run that was cut off before its end the excerpts come from the flow itself, while it is what ran', async () => {
  await using service = await httpService((_request, response) => json(response, 200, { items: [] }));
  await using folder = await projectFolder({ 'flow.yaml': flow(service.url, 201) });
  await testmesh(['run', 'flow.yaml'], { cwd: folder.path });
  const journal = await journalOf(folder.path);
  const lines = (await readFile(journal, 'utf8')).split('\n');
  const cut = lines.findIndex((line) => line.includes('"path":"ask"') && line.includes('"type":"StepCompleted"'));
  await writeFile(journal, `${lines.slice(0, cut + 1).join('\n')}\n`);
  expect((await testmesh(['show'], { cwd: folder.path })).stdout).toContain('- status == 201');
  await appendFile(join(folder.path, 'flow.yaml'), '# changed since then\n');
  const changed = await testmesh(['show'], { cwd: folder.path });
  expect(changed.stdout).not.toContain('- status == 201');
  expect(changed.stderr).toContain('flow.yaml is not what ran');
}, 60_000);

const journalOf = async (folder: string): Promise<string> => {
  const runs = join(folder, '.testmesh/runs');
  return join(runs, (await readdir(runs)).at(-1) ?? '');
};

test.each([200, 201])(
  'show prints the very bytes of the run from its journal alone (expecting %i)',
  async (status) => {
    await using service = await httpService((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"items":[{"price":9007199254740993}]}');
    });
    await using folder = await projectFolder({ 'flow.yaml': flow(service.url, status) });
    const run = await testmesh(['run', 'flow.yaml'], { cwd: folder.path });
    await writeFile(join(folder.path, 'flow.yaml'), 'changed since then');
    const show = await testmesh(['show'], { cwd: folder.path });
    expect(show.stdout).toBe(run.stdout);
    expect(run.stdout).toContain(status === 200 ? 'passed' : 'failed');
    for (const reporter of ['json', 'junit', 'tap', 'lines']) {
      expect((await testmesh(['show', '--reporter', reporter], { cwd: folder.path })).stdout).not.toBe('');
    }
  },
  60_000,
);

test('no secret reaches the journal or a report', async () => {
  await using service = await httpService((request, response) =>
    json(response, 401, { echo: request.headers.authorization }),
  );
  await using folder = await projectFolder({ 'flow.yaml': flow(service.url, 200) });
  const run = await testmesh(['run', 'flow.yaml', '--reporter', 'json'], { cwd: folder.path });
  expect(run.code).toBe(1);
  const journal = await readFile(await journalOf(folder.path), 'utf8');
  expect(`${run.stdout}${run.stderr}${journal}`).not.toContain('sesame-open-up');
}, 60_000);

test('a last line torn by a crash is left out and said', async () => {
  await using service = await httpService((_request, response) => json(response, 200, { items: [{ price: 1 }] }));
  await using folder = await projectFolder({ 'flow.yaml': flow(service.url, 200) });
  await testmesh(['run', 'flow.yaml'], { cwd: folder.path });
  const journal = await journalOf(folder.path);
  await appendFile(journal, '{"ver":99,"at":1');
  const show = await testmesh(['show'], { cwd: folder.path });
  expect(show.stderr).toContain('torn by a crash');
  expect(show.stdout).toContain('shown');
}, 60_000);

test('a line damaged in the middle is named, not skipped', async () => {
  await using service = await httpService((_request, response) => json(response, 200, { items: [{ price: 1 }] }));
  await using folder = await projectFolder({ 'flow.yaml': flow(service.url, 200) });
  await testmesh(['run', 'flow.yaml'], { cwd: folder.path });
  const journal = await journalOf(folder.path);
  const lines = (await readFile(journal, 'utf8')).split('\n');
  lines[2] = (lines[2] ?? '').replace('"sv":1', '"sv":7');
  await writeFile(journal, lines.join('\n'));
  const show = await testmesh(['show'], { cwd: folder.path });
  expect(show.code).not.toBe(0);
  expect(show.stderr).toMatch(/:3 is damaged: its hash does not continue the chain/);
}, 60_000);
