import type { ApiClient } from '@testmesh/client';
import type { RunEvent } from '@testmesh/domain';
import { CommandEnd } from '../exit-code.ts';
import { commandEnd } from './remote-run.ts';
import { serverOf } from './server.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const runIdOf = (run: string | undefined): string => {
  const id = run?.replace(/^run-/, '');
  if (id !== undefined && UUID.test(id)) return id;
  throw new CommandEnd('usage', 'with --api a run is named by its whole id, as `testmesh run --api` printed it');
};

/** Every event of a run on a server, oldest first. */
export const remoteHistory = async (
  run: string | undefined,
  api: string,
): Promise<{ readonly runId: string; readonly events: readonly RunEvent[] }> => {
  const runId = runIdOf(run);
  const { client, url } = serverOf(api);
  const events: RunEvent[] = [];
  try {
    for (let after: number | null = 0; after !== null; ) after = await page(client, runId, after, events);
  } catch (error) {
    throw commandEnd(error, url);
  }
  return { runId, events };
};

const page = async (client: ApiClient, id: string, after: number, events: RunEvent[]): Promise<number | null> => {
  const { data } = await client.GET('/api/v1/executions/{id}/events', {
    params: { path: { id }, query: { after, limit: 1000 } },
  });
  if (data === undefined) throw new Error('the server answered without events');
  for (const { type, data: fact } of data.events) events.push({ type, ...fact } as unknown as RunEvent);
  return data.next;
};

/** Has the server fold a run anew and compare it with the view that it shows. */
export const remoteAudit = async (run: string, api: string | undefined) => {
  const id = runIdOf(run);
  const { client, url } = serverOf(api);
  try {
    const { data } = await client.GET('/api/v1/executions/{id}/audit', { params: { path: { id } } });
    if (data === undefined) throw new Error('the server answered without a result');
    return { id, ...data };
  } catch (error) {
    throw commandEnd(error, url);
  }
};

/** The id of every run of the workspace, newest first. */
export async function* everyRun(api: string | undefined): AsyncGenerator<string> {
  const { client, url } = serverOf(api);
  try {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = { limit: 100, ...(cursor !== undefined && { cursor }) };
      const { data } = await client.GET('/api/v1/executions', { params: { query } });
      if (data === undefined) throw new Error('the server answered without runs');
      for (const { id } of data.executions) yield id;
      cursor = data.next_cursor;
    }
  } catch (error) {
    throw commandEnd(error, url);
  }
}

/** Every stream of the workspace but those of runs, each with the first event of it that is wrong. */
export async function* everyChain(api: string | undefined) {
  const { client, url } = serverOf(api);
  try {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = cursor === undefined ? {} : { cursor };
      const { data } = await client.GET('/api/v1/audit/chains', { params: { query } });
      if (data === undefined) throw new Error('the server answered without streams');
      yield* data.streams;
      cursor = data.next_cursor;
    }
  } catch (error) {
    throw commandEnd(error, url);
  }
}
