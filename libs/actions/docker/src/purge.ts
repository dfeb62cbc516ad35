import type { IncomingMessage } from 'node:http';
import type { Connection } from './daemon.ts';
import { RUN_LABEL } from './owner.ts';

type Send = (method: string, path: string, allowed: readonly number[]) => Promise<unknown>;

/** Removes every container, network and volume with a label; returns how many containers it met. */
export const purge = (connection: Connection, runId: string): Promise<number> =>
  purgeLabelled(connection, `${RUN_LABEL}=${runId}`);

/**
 * The same for any label. It must not refer to anything outside itself: the watchdog runs its text in a process of its
 * own, where neither this file nor a driver is loaded.
 */
export const purgeLabelled = async (connection: Connection, label: string): Promise<number> => {
  const { request } = connection.tls ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
  const { tls, ...address } = connection;
  const ask = (method: string, path: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const call = request({ ...address, ...tls, method, path, agent: false, timeout: 60_000 });
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer from Docker`)));
      call.on('response', resolve).on('error', reject).end();
    });
  const send: Send = async (method, path, allowed) => {
    const answer = await ask(method, path);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    const status = answer.statusCode ?? 0;
    if (status < 300) return text === '' ? undefined : JSON.parse(text);
    if (allowed.includes(status)) return undefined;
    throw new Error(`${method} ${path}: Docker answered ${status} ${text.trim()}`);
  };
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));

  const containers = (await send('GET', `/containers/json?all=1&filters=${filters}`, [])) as { Id: string }[];
  // 404: already gone. 409: somebody else is removing it.
  await Promise.all(containers.map(({ Id }) => send('DELETE', `/containers/${Id}?force=1&v=1`, [404, 409])));
  const networks = (await send('GET', `/networks?filters=${filters}`, [])) as { Id: string }[];
  // 403 and 409: another run has joined it by now, and its end removes it.
  await Promise.all(networks.map(({ Id }) => send('DELETE', `/networks/${Id}`, [403, 404, 409])));
  const volumes = (await send('GET', `/volumes?filters=${filters}`, [])) as { Volumes: { Name: string }[] | null };
  await Promise.all(
    (volumes.Volumes ?? []).map(({ Name }) => send('DELETE', `/volumes/${encodeURIComponent(Name)}`, [404, 409])),
  );
  return containers.length;
};
