import type { ApiClient } from '@testmesh/client';
import { commandEnd } from './remote-run.ts';
import { serverOf } from './server.ts';

/** What every command that talks to a server is told. */
export interface ServerOptions {
  readonly api?: string;
  /** Print what the server answered instead of a table. */
  readonly json?: boolean;
}

type Answer<Data> = Promise<{ readonly data?: Data }>;

/** Asks a server; its refusal ends the command with the server's own words. */
export const ask = async <Data>(
  { api }: ServerOptions,
  request: (client: ApiClient) => Answer<Data>,
): Promise<NonNullable<Data>> => {
  const { client, url } = serverOf(api);
  try {
    const { data } = await request(client);
    if (data === undefined || data === null) throw new Error(`${url} answered without a body`);
    return data;
  } catch (error) {
    throw commandEnd(error, url);
  }
};

/** For requests that are answered without a body. */
export const tell = async ({ api }: ServerOptions, request: (client: ApiClient) => Answer<unknown>): Promise<void> => {
  const { client, url } = serverOf(api);
  try {
    await request(client);
  } catch (error) {
    throw commandEnd(error, url);
  }
};

const PAGE = 100;

/** Every item of a list, page by page. */
export const everyItem = async <Item>(
  options: ServerOptions,
  page: (
    client: ApiClient,
    at: { readonly limit: number; readonly offset: number },
  ) => Answer<{ readonly total: number }>,
  itemsOf: (data: never) => readonly Item[],
): Promise<readonly Item[]> => {
  const found: Item[] = [];
  for (;;) {
    const data = await ask(options, (client) => page(client, { limit: PAGE, offset: found.length }));
    const items = itemsOf(data as never);
    found.push(...items);
    if (items.length === 0 || found.length >= data.total) return found;
  }
};
