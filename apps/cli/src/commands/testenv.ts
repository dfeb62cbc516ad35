import { readFile } from 'node:fs/promises';
import type { components } from '@testmesh/client';
import { parseDuration } from '@testmesh/contracts';
import { documentValue } from '@testmesh/flow';
import { CommandEnd } from '../exit-code.ts';
import { ask, everyItem, type ServerOptions } from '../remote/ask.ts';
import { table } from '../terminal/table.ts';

// Test environments of a server. One is named by its id or by its context; of several of a context the newest is meant.

type TestEnvironment = components['schemas']['TestEnvironment'];
type TestEnvironmentRequest = components['schemas']['TestEnvironmentRequest'];

interface ListOptions extends ServerOptions {
  readonly context?: string;
  readonly all?: boolean;
}

interface WaitOptions extends ServerOptions {
  readonly timeout: string;
}

export interface CreateOptions extends WaitOptions {
  readonly file?: string;
  readonly name?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly app?: string;
  readonly provider?: string;
  readonly cluster?: string;
  readonly ttl?: number;
  readonly route?: readonly string[];
  readonly header?: readonly string[];
  readonly wait?: boolean;
}

interface DestroyOptions extends WaitOptions {
  readonly force?: boolean;
  readonly wait?: boolean;
}

const say = (text: string): boolean => process.stderr.write(`${text}\n`);
const print = (value: unknown): boolean => process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

export const listTestEnvironments = async (options: ListOptions): Promise<void> => {
  const found = await every(options, { ...options });
  if (options.json === true) return void print(found);
  const rows = found.map((one) => [
    one.context,
    standing(one),
    one.namespace,
    one.provider,
    `${one.ttl_minutes} min`,
    one.last_used_at.replace('T', ' ').slice(0, 16),
    one.id,
  ]);
  process.stdout.write(table(['CONTEXT', 'STATE', 'NAMESPACE', 'PROVIDER', 'TTL', 'LAST USED', 'ID'], rows));
};

const standing = ({ state, destroying, error }: TestEnvironment): string => {
  if (state === 'destroyed') return state;
  return [state, ...(destroying ? ['being destroyed'] : []), ...(error === null ? [] : ['not well'])].join(', ');
};

const every = (
  options: ServerOptions,
  { context, all }: Pick<ListOptions, 'context' | 'all'>,
): Promise<readonly TestEnvironment[]> =>
  everyItem(
    options,
    (client, at) => {
      const query = {
        ...at,
        ...(context !== undefined && { context }),
        ...(all === true && { include_destroyed: 'true' as const }),
      };
      return client.GET('/api/v1/test-environments', { params: { query } });
    },
    (data: { environments: TestEnvironment[] }) => data.environments,
  );

/** Makes one from a file, from options, or from a file with options over it. */
export const createTestEnvironment = async (options: CreateOptions): Promise<void> => {
  const body = await bodyOf(options);
  const made = await ask(options, (client) => client.POST('/api/v1/test-environments', { body }));
  if (options.json === true) print(made);
  else process.stdout.write(`${made.id}\n`);
  say(`test environment ${made.context} is ${made.state} · testmesh testenv wait ${made.id}`);
  if (options.wait === true) await untilReady(made.id, options);
};

const bodyOf = async (options: CreateOptions): Promise<TestEnvironmentRequest> => {
  const { file, name, context, namespace, app, provider, cluster, ttl, route, header } = options;
  const written = file === undefined ? {} : await readBody(file);
  const given = {
    ...(name !== undefined && { name }),
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
    ...(app !== undefined && { provider_app_name: app }),
    ...(provider !== undefined && { provider }),
    ...(cluster !== undefined && { cluster }),
    ...(ttl !== undefined && { ttl_minutes: ttl }),
    ...(route !== undefined && { routing_policy: { ...written.routing_policy, ...pairs(route, '--route') } }),
    ...(header !== undefined && {
      routing: { headers: { ...written.routing?.headers, ...pairs(header, '--header') } },
    }),
  };
  const body = { ...written, ...given };
  const missing = (['context', 'namespace'] as const).filter((key) => body[key] === undefined);
  if (missing.length > 0)
    throw new CommandEnd('usage', `say ${missing.map((key) => `--${key}`).join(' and ')}, or name a file that does`);
  return { name: String(body.context), ...body } as TestEnvironmentRequest;
};

const readBody = async (file: string): Promise<Partial<TestEnvironmentRequest>> => {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandEnd('usage', `${file} cannot be read: ${error.message}`);
  });
  const document = documentValue({ file, text });
  if (typeof document === 'object' && document !== null && !Array.isArray(document))
    return document as Partial<TestEnvironmentRequest>;
  throw new CommandEnd('invalid', `${file} is no test environment: it is to hold a map with context and namespace`);
};

const pairs = (given: readonly string[], option: string): Record<string, string> =>
  Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new CommandEnd('usage', `${option} ${text} is not NAME=VALUE`);
    }),
  );

/** Ends well once it is ready for a run; a run that uses it does not matter. */
export const waitForTestEnvironment = async (wanted: string, options: WaitOptions): Promise<void> =>
  untilReady((await find(wanted, options)).id, options);

export const destroyTestEnvironment = async (wanted: string, options: DestroyOptions): Promise<void> => {
  const { id, context } = await find(wanted, options);
  const query = options.force === true ? { force: 'true' as const } : {};
  const { message } = await ask(options, (client) =>
    client.DELETE('/api/v1/test-environments/{id}', { params: { path: { id }, query } }),
  );
  process.stdout.write(`test environment ${context}: ${message}\n`);
  if (options.wait !== true) return;
  await until(id, options, ({ state }) => state === 'destroyed');
  process.stdout.write(`test environment ${context} is destroyed\n`);
};

/** What happened to it, a line each; with `follow` until it is destroyed or the reader has seen enough. */
export const testEnvironmentLogs = async (
  wanted: string,
  options: ServerOptions & { readonly follow?: boolean },
): Promise<void> => {
  const { id } = await find(wanted, options, true);
  for (let after = 0; ; ) {
    const { events } = await ask(options, (client) =>
      client.GET('/api/v1/test-environments/{id}/events', { params: { path: { id }, query: { after } } }),
    );
    for (const event of events) {
      process.stdout.write(options.json === true ? `${JSON.stringify(event)}\n` : `${event.at} ${event.text}\n`);
      after = event.seq;
    }
    if (options.follow !== true || events.some(({ type }) => type === 'TestEnvironmentDestroyed')) return;
    await pause();
  }
};

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const find = async (wanted: string, options: ServerOptions, all = false): Promise<TestEnvironment> => {
  if (UUID.test(wanted)) {
    return ask(options, (client) => client.GET('/api/v1/test-environments/{id}', { params: { path: { id: wanted } } }));
  }
  const [newest] = await every(options, { context: wanted, all });
  if (newest !== undefined) return newest;
  throw new CommandEnd('nothing_matched', `there is no test environment of the context ${wanted}`);
};

const untilReady = async (id: string, options: WaitOptions): Promise<void> => {
  const ready = await until(id, options, (one) => {
    if (one.state === 'destroyed' || one.destroying)
      throw new CommandEnd('infrastructure', `${one.context} is being destroyed: ${one.destroy_reason ?? ''}`);
    if (one.state === 'cold' && one.error !== null)
      throw new CommandEnd('infrastructure', `${one.context} could not be provisioned: ${one.error}`);
    return one.state === 'running' || ((one.state === 'warm' || one.state === 'cooling') && one.error === null);
  });
  say(`test environment ${ready.context} is ${ready.state}`);
};

const until = async (
  id: string,
  options: WaitOptions,
  isIt: (environment: TestEnvironment) => boolean,
): Promise<TestEnvironment> => {
  const ms = parseDuration(options.timeout);
  if (ms === undefined) throw new CommandEnd('usage', `--timeout ${options.timeout} is not a duration such as 10m`);
  const deadline = performance.now() + ms;
  let told = '';
  for (;;) {
    const one = await ask(options, (client) =>
      client.GET('/api/v1/test-environments/{id}', { params: { path: { id } } }),
    );
    if (isIt(one)) return one;
    if (standing(one) !== told) say(`test environment ${one.context} is ${standing(one)}`);
    told = standing(one);
    if (performance.now() >= deadline)
      throw new CommandEnd('timed_out', `${one.context} is still ${standing(one)} after ${options.timeout}`);
    await pause();
  }
};

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 500));
