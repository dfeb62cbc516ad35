import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { describeWith } from '../../../tools/testing/real.ts';
import { type ConfigMap, ownNamespace, signal, until } from './cluster.fixture.ts';
import { KubernetesFault } from './faults.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { namespaceRef, removeNamespace } from './namespaces.ts';
import type { KubernetesObject } from './objects.ts';

jest.setTimeout(60_000);

describeWith('kubernetes', 'objects in a cluster', (kubeconfig) => {
  const { api, configMap, mapRef } = ownNamespace(kubeconfig);

  test('are made, read, changed and listed; what is not there is undefined and no error', async () => {
    const made = await api().create(configMap('one', { a: '1' }), signal);
    expect(await api().get<ConfigMap>(mapRef('one'), signal)).toEqual(made);
    expect((await api().patch<ConfigMap>(mapRef('one'), { data: { b: '2' } }, signal)).data).toEqual({
      a: '1',
      b: '2',
    });
    expect(await api().get(mapRef('other'), signal)).toBeUndefined();
    const { items } = await api().list<ConfigMap>({ ...mapRef('') }, signal);
    expect(items.find(({ metadata }) => metadata?.name === 'one')).toMatchObject({
      kind: 'ConfigMap',
      data: { b: '2' },
    });
  });

  test('are applied again and again, and fields of others are left alone', async () => {
    const made = await api().apply<ConfigMap>(configMap('applied', { a: '1' }), 'testmesh', signal);
    await api().patch(mapRef('applied'), { data: { other: 'kept' } }, signal);
    const again = await api().apply<ConfigMap>(configMap('applied', { a: '2' }), 'testmesh', signal);
    expect(again.metadata?.uid).toBe(made.metadata?.uid);
    expect(again.data).toEqual({ a: '2', other: 'kept' });
  });

  test('are deleted by their uid, and another one of the same name is not', async () => {
    const first = await api().create(configMap('twice'), signal);
    const uid = first.metadata?.uid ?? '';
    expect(await api().remove(mapRef('twice'), uid, signal)).toBe('asked');
    expect(await api().remove(mapRef('twice'), uid, signal)).toBe('gone');
    const second = await api().create(configMap('twice'), signal);
    expect(await api().remove(mapRef('twice'), uid, signal)).toBe('replaced');
    expect((await api().get(mapRef('twice'), signal))?.metadata?.uid).toBe(second.metadata?.uid);
    await expect(api().patch(mapRef('twice'), { metadata: { uid }, data: { a: '1' } }, signal)).rejects.toMatchObject({
      status: 422, // an object's uid never changes
    });
  });

  test('of a kind that nobody installed are told apart from objects that are not there', async () => {
    const unknown = { apiVersion: 'nobody.example.com/v1', kind: 'Gadget', name: 'x', namespace: 'default' };
    await expect(api().get(unknown, signal)).rejects.toThrow(
      'the cluster knows no Gadget of nobody.example.com/v1: what brings that kind is not installed there',
    );
  });

  test('are refused with the words of Kubernetes', async () => {
    const refusal = api().create(configMap('Not A Name'), signal);
    await expect(refusal).rejects.toBeInstanceOf(KubernetesFault);
    await expect(refusal).rejects.toThrow(/^Kubernetes refused to make ConfigMap ".*Not A Name" \(422\): .*RFC 1123/);
  });
});

describeWith('kubernetes', 'a namespace', (kubeconfig) => {
  const { api } = ownNamespace(kubeconfig);
  const made = async () => {
    const name = `going-${randomUUID().slice(0, 8)}`;
    const wanted: KubernetesObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const { metadata } = await api().create(wanted, signal);
    return { name, uid: metadata?.uid ?? '' };
  };

  test('is gone only when nothing is left of it, and says what holds it meanwhile', async () => {
    const { name, uid } = await made();
    const held = { apiVersion: 'v1', kind: 'ConfigMap', name: 'held', namespace: name };
    const metadata = { name: 'held', namespace: name, finalizers: ['example.com/not-yet'] };
    await api().create({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, signal);
    const remove = () => removeNamespace(api(), name, uid, signal);
    const going = await until(remove, (seen) => seen.outcome === 'gone' || seen.message.includes('finalizers'));
    expect(going).toMatchObject({ outcome: 'going', message: expect.stringContaining('example.com/not-yet') });
    await api().patch(held, { metadata: { finalizers: null } }, signal);
    await until(remove, ({ outcome }) => outcome === 'gone');
    expect(await api().get(namespaceRef(name), signal)).toBeUndefined();
  });

  test('of another uid is somebody else’s and stays', async () => {
    const { name, uid } = await made();
    expect(await removeNamespace(api(), name, randomUUID(), signal)).toEqual({ outcome: 'gone' });
    expect((await api().get(namespaceRef(name), signal))?.metadata).not.toHaveProperty('deletionTimestamp');
    await api().remove(namespaceRef(name), uid, signal);
  });
});

describeWith('kubernetes', 'a cluster that cannot be used', (kubeconfig) => {
  const opened: KubernetesApi[] = [];
  const folders: string[] = [];
  afterAll(async () => {
    for (const api of opened) api.close();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });
  const throughChanged = async (from: RegExp, to: string): Promise<KubernetesApi> => {
    const folder = await mkdtemp(join(tmpdir(), 'testmesh-kubeconfig-'));
    folders.push(folder);
    await writeFile(join(folder, 'config'), (await readFile(kubeconfig, 'utf8')).replace(from, to));
    const api = new KubernetesApi({ kubeconfig: join(folder, 'config') });
    opened.push(api);
    return api;
  };

  test('says that it does not answer, or why it refuses', async () => {
    const away = await throughChanged(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    await expect(away.get(namespaceRef('default'), signal)).rejects.toThrow(
      'the Kubernetes API at https://127.0.0.1:1 does not answer',
    );
    const stranger = await throughChanged(/token: .*/, 'token: wrong');
    await expect(stranger.get(namespaceRef('default'), signal)).rejects.toMatchObject({ status: 401 });
  });

  test('is refused where its kubeconfig names no such context', async () => {
    const lost = new KubernetesApi({ kubeconfig, context: 'other' });
    await expect(lost.get(namespaceRef('default'), signal)).rejects.toThrow(/has no context "other"; it has kube-api$/);
  });
});
