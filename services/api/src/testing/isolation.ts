import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import * as z from 'zod';
import { pathsOf, type Route } from '../http/route.ts';

// Every route of a table, called as a stranger would. A new route is in the table, so it is covered on the day it appears.

export interface Strangers {
  readonly app: NestFastifyApplication;
  readonly routes: readonly Route[];
  /** A key of another workspace, with every permission. */
  readonly strangersKey: string;
  /** A key of the workspace that permits nothing. */
  readonly powerlessKey: string;
  readonly workspace: string;
  /** Parameter of the path or query → id of something that belongs to the workspace. */
  readonly idFor: (path: string, parameter: string) => string;
}

/** What let somebody in who should have stayed outside, one line each. */
export const openDoors = async (strangers: Strangers): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const route of strangers.routes) {
    if (route.area === 'public') continue;
    if (route.area === 'person' || route.area === 'agent') found.push(...(await sessionDoorsOf(strangers, route)));
    else for (const path of pathsOf(route)) found.push(...(await doorsOf(strangers, route, path)));
  }
  return found;
};

/** What belongs to a person, or to a runner at a site, takes neither strangers nor keys. */
const sessionDoorsOf = async (
  { app, powerlessKey, strangersKey }: Strangers,
  route: Route,
): Promise<readonly string[]> => {
  const url = route.path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000');
  const payload = route.body === undefined ? {} : { payload: (route.example ?? {}) as object };
  const tried: readonly Record<string, string>[] = [
    {},
    { 'x-api-key': strangersKey },
    { 'x-api-key': powerlessKey },
    { authorization: `Bearer tm_agent_${'0'.repeat(48)}` },
    { cookie: `testmesh_session=${'0'.repeat(64)}` },
  ];
  const found: string[] = [];
  for (const headers of tried) {
    const { statusCode } = await app.inject({ method: route.method, url, headers, ...payload });
    if (statusCode !== 401) found.push(`${route.method} ${route.path} with ${Object.keys(headers)}: ${statusCode}`);
  }
  return found;
};

const doorsOf = async (strangers: Strangers, route: Route, path: string): Promise<readonly string[]> => {
  const { app, strangersKey, powerlessKey, workspace, idFor } = strangers;
  const place = path.replaceAll(/:(\w+)/g, (_all, name: string) =>
    name === 'workspace_id' ? workspace : idFor(path, name),
  );
  const url = `${place}?${requiredQuery(route)
    .map((name) => `${name}=${idFor(path, name)}`)
    .join('&')}`;
  const statusWith = async (headers: Record<string, string>): Promise<number> => {
    const payload = route.body === undefined ? {} : { payload: (route.example ?? {}) as object };
    return (await app.inject({ method: route.method, url, headers: { 'if-match': '*', ...headers }, ...payload }))
      .statusCode;
  };
  const checks: [string, number, readonly number[]][] = [
    ['without a key', await statusWith({}), [401]],
    ['with a key that is none', await statusWith({ 'x-api-key': `tm_live_${'0'.repeat(48)}` }), [401]],
    ['with a key that permits nothing', await statusWith({ 'x-api-key': powerlessKey }), [403]],
  ];
  // Without an id in its path, an un-scoped route speaks of the stranger's own workspace.
  if (path.includes(':')) {
    checks.push(['with a key of another workspace', await statusWith({ 'x-api-key': strangersKey }), [403, 404]]);
  }
  return checks.flatMap(([who, status, wanted]) =>
    wanted.includes(status) ? [] : [`${route.method} ${path} ${who}: ${status}, not ${wanted.join(' or ')}`],
  );
};

const requiredQuery = ({ query }: Route): readonly string[] =>
  query === undefined ? [] : (z.toJSONSchema(query, { io: 'input' }).required ?? []);
