// Plays Argo CD's API on loopback as its reference describes it, with a controller that a test moves by hand.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An Application as the controller leaves it. */
interface Application {
  metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly destination: { readonly namespace: string } };
  status: object;
}

export interface FakeArgoCd {
  readonly server: string;
  readonly applications: Map<string, Application>;
  /** Applications whose finalizer does not let them go. */
  readonly held: Set<string>;
  readonly requests: string[];
  /** Every request is answered with this while it is set. */
  refusal: { readonly status: number; readonly text: string } | undefined;
  readonly make: (name: string, namespace: string, status?: object) => void;
  readonly close: () => Promise<void>;
}

/** The only token it takes. */
export const ARGOCD_TOKEN = 'a-token';

export const ARGOCD_HEALTHY = { health: { status: 'Healthy' }, sync: { status: 'Synced' } };

export const fakeArgoCd = async (): Promise<FakeArgoCd> => {
  const applications = new Map<string, Application>();
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
  const [status, body] = answerTo(argo, request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const answerTo = (argo: FakeArgoCd, { method, url = '/', headers }: IncomingMessage): readonly [number, unknown] => {
  const { pathname, search } = new URL(url, argo.server);
  argo.requests.push(`${method} ${pathname}${search}`);
  if (argo.refusal !== undefined) return [argo.refusal.status, { message: argo.refusal.text }];
  if (headers.authorization !== `Bearer ${ARGOCD_TOKEN}`) return [401, { message: 'no session information' }];
  const name = decodeURIComponent(/^\/api\/v1\/applications\/([^/]+)$/.exec(pathname)?.[1] ?? '');
  const application = argo.applications.get(name);
  if (application === undefined) return [404, { message: `applications "${name}" not found` }];
  if (method === 'GET') return [200, application];
  const deletionTimestamp = '2030-01-01T00:00:00Z';
  if (argo.held.has(name)) application.metadata = { ...application.metadata, deletionTimestamp };
  else argo.applications.delete(name);
  return [200, {}];
};
