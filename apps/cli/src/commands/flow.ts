import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { components } from '@testmesh/client';
import { projectPath } from '@testmesh/contracts';
import { readFlow } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { ask, everyItem, type ServerOptions } from '../remote/ask.ts';
import { type Pack, packFlow } from '../remote/pack.ts';
import { knownActions } from '../run/known-actions.ts';
import { projectRoot, selectFiles } from '../run/select-files.ts';
import { table } from '../terminal/table.ts';

// Flows that a server keeps, from files and back. A flow is known by its path in the project.

type StoredFlow = components['schemas']['Flow'];

const everyFlow = (options: ServerOptions): Promise<readonly StoredFlow[]> =>
  everyItem(
    options,
    (client, query) => client.GET('/api/v1/flows', { params: { query } }),
    (data: { flows: StoredFlow[] }) => data.flows,
  );

export const listFlows = async (options: ServerOptions): Promise<void> => {
  const found = await everyFlow(options);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  const rows = found.map(({ file, name, id, version, tags }) => [file, name, id, `v${version}`, tags.join(', ')]);
  process.stdout.write(table(['FILE', 'NAME', 'ID', 'VERSION', 'TAGS'], rows));
};

export interface PushOptions extends ServerOptions {
  readonly message?: string;
}

/** Keeps flows on the server with the files they name; what is there already under the same path gets a new version. */
export const pushFlows = async (paths: readonly string[], options: PushOptions): Promise<void> => {
  const cwd = process.cwd();
  const selected = await selectFiles(paths, cwd);
  const kept = new Map((await everyFlow(options)).map((flow) => [flow.file, flow]));
  const root = await projectRoot(cwd);
  for (const { file, text } of selected) {
    const pack = await withoutEnvFile(await packFlow(relative(cwd, join(cwd, file)), cwd, root), text);
    await push(pack, kept.get(pack.entry), options);
  }
};

/** Values of an `env_file` are often secret: they belong into an environment, not beside a flow. */
const withoutEnvFile = async (pack: Pack, text: string): Promise<Pack> => {
  const { catalogue } = await knownActions(process.cwd());
  const { flow } = await readFlow({ file: pack.entry, text }, catalogue);
  if (flow?.envFile === undefined) return pack;
  const own = join(dirname(pack.entry), flow.envFile.path);
  if (!Object.hasOwn(pack.files, own)) return pack;
  const { [own]: _kept, ...files } = pack.files;
  process.stderr.write(`${own} stays here: keep its values in an environment of the server\n`);
  return { ...pack, files };
};

const push = async ({ entry, files }: Pack, there: StoredFlow | undefined, options: PushOptions): Promise<void> => {
  const { [entry]: own, ...others } = files;
  if (typeof own !== 'string') throw new CommandEnd('invalid', `${entry} is not text`);
  const body = { yaml: own, file: entry, files: others, message: options.message ?? '' };
  if (there === undefined) {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const { id } = await ask(options, (client) => client.POST('/api/v1/flows', { body, headers }));
    process.stdout.write(`${entry} · new · ${id}\n`);
    return;
  }
  const path = { id: there.id };
  const headers = { 'if-match': `"${there.version}"` };
  const { version } = await ask(options, (client) =>
    client.PUT('/api/v1/flows/{id}', { params: { path }, headers, body }),
  );
  process.stdout.write(`${entry} · ${version === there.version ? 'as it was' : `v${version}`} · ${there.id}\n`);
};

export interface PullOptions extends ServerOptions {
  readonly into: string;
  readonly force?: boolean;
}

/** Writes flows of the server to their paths; files here that differ are kept unless `--force`. */
export const pullFlows = async (names: readonly string[], options: PullOptions): Promise<void> => {
  const found = await everyFlow(options);
  const wanted = names.length === 0 ? found : names.map((name) => oneFlow(found, name));
  for (const { id, file } of wanted) {
    const { files } = await ask(options, (client) =>
      client.GET('/api/v1/flows/{id}/bundle', { params: { path: { id } } }),
    );
    for (const [path, content] of Object.entries(files)) await write(path, bytesOf(content), options);
    process.stdout.write(`${file}\n`);
  }
};

/** By id, path or name. */
const oneFlow = (flows: readonly StoredFlow[], wanted: string): StoredFlow => {
  const [first, second] = flows.filter(({ id, file, name }) => [id, file, name].includes(wanted));
  if (first === undefined) throw new CommandEnd('nothing_matched', `the server keeps no flow ${wanted}`);
  if (second === undefined) return first;
  throw new CommandEnd('usage', `${wanted} names several flows: ${first.file}, ${second.file}; use the path or the id`);
};

/** The id of a flow that is named by id, path or name. */
export const flowIdOf = async (wanted: string, options: ServerOptions): Promise<string> =>
  oneFlow(await everyFlow(options), wanted).id;

const bytesOf = (content: string | { readonly base64: string }): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.base64, 'base64');

const write = async (path: string, bytes: Buffer, { into, force }: PullOptions): Promise<void> => {
  // A server is not trusted with where files go.
  const target = join(into, projectPath.parse(path));
  const there = await readFile(target).catch(() => undefined);
  if (there?.equals(bytes) === true) return;
  if (there !== undefined && force !== true) {
    throw new CommandEnd('usage', `${target} differs from the server's: --force replaces it`);
  }
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
};
