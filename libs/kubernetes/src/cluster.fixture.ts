// A namespace of a test's own in the cluster that tests share.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { KubernetesApi } from './kubernetes-api.ts';
import { namespaceRef } from './namespaces.ts';
import type { KubernetesObject } from './objects.ts';

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export const signal = new AbortController().signal;

export const until = async <Result>(ask: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
  for (const end = Date.now() + 45_000; ; ) {
    const result = await ask();
    if (isIt(result)) return result;
    if (Date.now() > end) throw new Error(`it did not come to that; the last was ${JSON.stringify(result)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

export const ownNamespace = (kubeconfig: string) => {
  const name = `kubernetes-${randomUUID().slice(0, 8)}`;
  let api: KubernetesApi | undefined;
  const opened = (): KubernetesApi => {
    if (api === undefined) throw new Error('it is opened before the first test');
    return api;
  };
  beforeAll(async () => {
    api = new KubernetesApi({ kubeconfig });
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, signal);
  });
  afterAll(async () => {
    const made = await opened().get(namespaceRef(name), signal);
    await opened().remove(namespaceRef(name), made?.metadata?.uid ?? '', signal);
    opened().close();
  });
  const mapRef = (map: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: map, namespace: name });
  const configMap = (map: string, data: Record<string, string> = {}): ConfigMap => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: map, namespace: name }, data },
  });
  return { name, api: opened, mapRef, configMap };
};
