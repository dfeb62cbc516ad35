// The Kubernetes API as HTTP: what is asked is what the test says, and every answer is looked at.
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, fetch } from 'undici';
import type { KubeObject } from './chart.ts';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: an object of Kubernetes or a Status
  readonly body: any;
}

export type Ask = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Answer>;

/** Asks as the user of a kubeconfig, or with another token. */
export const clusterApi = (kubeconfig: string, token?: string): Ask => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  if (!cluster?.caData) throw new Error(`${kubeconfig} names no cluster with an authority`);
  const dispatcher = new Agent({ connect: { ca: Buffer.from(cluster.caData, 'base64').toString() } });
  return async (method, path, body, contentType = 'application/json') => {
    const response = await fetch(`${cluster.server}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${token ?? user?.token}`, 'content-type': contentType },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // A kind that nobody defined is answered as text.
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? JSON.parse(text) : { message: text } };
  };
};

const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses' };
const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'Namespace'];

/** Where an object is, or would be. */
export const pathOf = ({ apiVersion, kind, metadata }: KubeObject, namespace: string): string => {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = clusterWide.includes(kind) ? '' : `/namespaces/${metadata.namespace ?? namespace}`;
  return `${group}${scope}/${plurals[kind] ?? `${kind.toLowerCase()}s`}/${metadata.name}`;
};

/** What the server says of an object without keeping it: unknown fields and wrong values are refused. */
export const validated = (ask: Ask, object: KubeObject, namespace: string): Promise<Answer> =>
  ask(
    'PATCH',
    `${pathOf(object, namespace)}?fieldManager=chart-test&fieldValidation=Strict&dryRun=All&force=true`,
    object,
    'application/apply-patch+yaml',
  );
