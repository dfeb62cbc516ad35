// Plays Argo CD's API on loopback as its reference describes it, with a controller that a test moves by hand.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ArgoApplication } from './argocd-application.ts';

type Mutable = { -readonly [Key in keyof ArgoApplication]: ArgoApplication[Key] };

export interface FakeArgoCd {
  readonly server: string;
  readonly applications: Map<string, Mutable>;
  /** Applications whose finalizer does not let them go. */
  readonly held: Set<string>;
  readonly requests: string[];
  /** Every request is answered with this while it is set. */
  refusal: { readonly status: number; readonly text: string } | undefined;
  readonly make: (name: string, namespace: string, status?: ArgoApplication['status']) => void;
  readonly close: () => Promise<void>;
}

export const TOKEN = 'a-token';

export const HEALTHY = { health: { status: 'Healthy' }, sync: { status: 'Synced' } };

export const fakeArgoCd = async (): Promise<FakeArgoCd> => {
  const applications = new Map<string, Mutable>();
  const requests: string[] = [];
  const server = createServer((request, response) => answer(argo, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const argo: FakeArgoCd = {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    applications,
    held: new Set(),
    requests,
    refusal: undefined,
    make: (name, namespace, status = {}) => {
      applications.set(name, { metadata: { name, uid: randomUUID() }, spec: { destination: { namespace } }, status });
    },
    close: () => closed(server),
  };
  return argo;
};

const closed = (server: Server): Promise<void> => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
};

const answer = (argo: FakeArgoCd, request: IncomingMessage, response: ServerResponse): void => {
  const url = new URL(request.url ?? '/', argo.server);
  const say = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  argo.requests.push(`${request.method} ${url.pathname}${url.search}`);
  if (argo.refusal !== undefined) return say(argo.refusal.status, { message: argo.refusal.text });
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return say(401, { message: 'no session information' });
  const name = decodeURIComponent(/^\/api\/v1\/applications\/([^/]+)$/.exec(url.pathname)?.[1] ?? '');
  const application = argo.applications.get(name);
  if (application === undefined) return say(404, { message: `applications "${name}" not found` });
  if (request.method === 'GET') return say(200, application);
  if (argo.held.has(name))
    application.metadata = { ...application.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' };
  else argo.applications.delete(name);
  return say(200, {});
};
