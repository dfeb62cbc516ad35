import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { components } from '@testmesh/client';
import { stringifyJson, type Value } from '@testmesh/domain';
import { documentValue } from '@testmesh/flow';
import { counted } from '@testmesh/views';
import { CommandEnd } from '../exit-code.ts';
import { ask, everyItem, type ServerOptions, tell } from '../remote/ask.ts';
import { table } from '../terminal/table.ts';

// Environments of a server, from `environments/NAME.yaml` and back.

type EnvironmentRequest = components['schemas']['EnvironmentRequest'];

const print = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

export const listEnvironments = async (options: ServerOptions): Promise<void> => {
  const found = await everyItem(
    options,
    (client, query) => client.GET('/api/v1/environments', { params: { query } }),
    (data: { environments: components['schemas']['Environment'][] }) => data.environments,
  );
  if (options.json === true) return void print(found);
  const rows = found.map(({ name, is_default, protected: isProtected, variables, routing, version }) => [
    name,
    counted(variables.length, 'variable'),
    counted(Object.keys(routing.services).length, 'service'),
    [is_default ? 'default' : '', isProtected ? 'protected' : ''].filter(Boolean).join(', '),
    `v${version}`,
  ]);
  process.stdout.write(table(['NAME', 'VARIABLES', 'SERVICES', '', 'VERSION'], rows));
};

/** Prints an environment as a file holds it, so that it can be changed and pushed again; secrets stay masked. */
export const showEnvironment = async (name: string, options: ServerOptions): Promise<void> => {
  const environment = await ask(options, (client) =>
    client.GET('/api/v1/environments/{id}/export', { params: { path: { id: name }, query: {} } }),
  );
  if (options.json === true) return void print(environment);
  // JSON is YAML: it is a file of environments/ as it stands.
  process.stdout.write(`${stringifyJson(environment as unknown as Value, 2)}\n`);
};

/** Makes or changes the server's environments from files; a secret that stands masked stays as it was. */
export const pushEnvironments = async (files: readonly string[], options: ServerOptions): Promise<void> => {
  const bodies: EnvironmentRequest[] = [];
  for (const file of files) bodies.push(await readBody(file));
  for (const body of bodies) {
    const { name, version } = await ask(options, (client) =>
      client.POST('/api/v1/environments/import', { params: { query: { overwrite: 'true' } }, body }),
    );
    process.stdout.write(`environment ${name} · v${version}\n`);
  }
};

const readBody = async (file: string): Promise<EnvironmentRequest> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandEnd('usage', `${file} cannot be read: ${error.message}`);
  });
  const document = documentValue({ file, text });
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new CommandEnd('invalid', `${file} is no environment: it is to hold a map with variables and routing`);
  }
  return { name: basename(file, extname(file)), ...document } as EnvironmentRequest;
};

export const deleteEnvironment = async (name: string, options: ServerOptions): Promise<void> => {
  const path = { id: name };
  const { version } = await ask(options, (client) => client.GET('/api/v1/environments/{id}', { params: { path } }));
  const headers = { 'if-match': `"${version}"` };
  await tell(options, (client) => client.DELETE('/api/v1/environments/{id}', { params: { path }, headers }));
  process.stdout.write(`environment ${name} is deleted\n`);
};
