import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EnvironmentTarget } from '@testmesh/ports';
import { type FakeArgoCd, fakeArgoCd, ARGOCD_HEALTHY as HEALTHY, ARGOCD_TOKEN as TOKEN } from '@testmesh/testing';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import { argoCdProvider } from './index.ts';

let argo: FakeArgoCd;
beforeAll(async () => {
  argo = await fakeArgoCd();
});
afterAll(() => argo.close());

let made = 0;
const target = (): EnvironmentTarget => {
  made += 1;
  const spec = {
    ...{ name: `PR-${made}`, context: `pr-${made}`, cluster: 'default', provider: 'argocd', settings: {} },
    ...{
      namespace: `review-pr-${made}`,
      applicationName: `testmesh-pr-${made}`,
      ttlMinutes: 60,
      readyWithinMinutes: 15,
    },
    ...{ services: [], routingPolicy: {} },
  };
  return { id: `e${made}`, workspace: 'acme', spec, resources: [] };
};
const provider = () => argoCdProvider({ server: argo.server, token: TOKEN, project: 'default' });
const nameOf = ({ spec }: EnvironmentTarget): string => spec.applicationName ?? '';
const make = (one: EnvironmentTarget, status = {}) => argo.make(nameOf(one), one.spec.namespace, status);
const signal = new AbortController().signal;

gitOpsProviderContract('argoCdProvider', () => ({
  provider: provider(),
  target,
  owns: (one) => ({ kind: 'Application', name: nameOf(one) }),
  becomeHealthy: async (one) => make(one, HEALTHY),
  degrade: async (one) => {
    const status = { ...HEALTHY, health: { status: 'Degraded', message: 'orders crashes' } };
    Object.assign(argo.applications.get(nameOf(one)) ?? {}, { status });
  },
  removeByHand: async (one) => {
    argo.applications.delete(nameOf(one));
  },
  remakeByHand: async (one) => make(one, HEALTHY),
  hold: async (one) => {
    argo.held.add(nameOf(one));
  },
  letGo: async (one) => {
    argo.held.delete(nameOf(one));
    argo.applications.delete(nameOf(one));
  },
  exists: async (one) => argo.applications.has(nameOf(one)),
}));

describe('an Application', () => {
  const seen = async (status: object) => {
    const one = target();
    make(one, status);
    const observation = await provider().observe(one, signal);
    return { health: observation.health, message: 'message' in observation ? observation.message : '' };
  };

  test('is ready when it is Healthy and Synced, nothing less', async () => {
    expect((await seen(HEALTHY)).health).toBe('healthy');
    for (const [health, sync] of [
      ['Healthy', 'OutOfSync'],
      ['Progressing', 'Synced'],
      ['Suspended', 'Synced'],
      ['Missing', 'OutOfSync'],
    ]) {
      const { health: stands, message } = await seen({ health: { status: health }, sync: { status: sync } });
      expect(stands).toBe('progressing');
      expect(message).toMatch(new RegExp(`is ${health} and ${sync}$`));
    }
    expect((await seen({})).message).toMatch(/is Unknown and Unknown$/);
  });

  test('that is degraded says which of its resources is', async () => {
    const resources = [
      { kind: 'Deployment', name: 'orders', health: { status: 'Degraded', message: 'ImagePullBackOff' } },
      { kind: 'Service', name: 'orders', health: { status: 'Healthy' } },
    ];
    const { health, message } = await seen({ health: { status: 'Degraded' }, sync: { status: 'Synced' }, resources });
    expect(health).toBe('degraded');
    expect(message).toMatch(/is Degraded: Deployment orders \(ImagePullBackOff\)$/);
  });

  test('whose sync failed, or that is not valid, will not become ready by waiting', async () => {
    const failed = { health: { status: 'Missing' }, operationState: { phase: 'Failed', message: 'one object failed' } };
    expect(await seen(failed)).toMatchObject({
      health: 'degraded',
      message: expect.stringContaining('one object failed'),
    });
    const wrong = { conditions: [{ type: 'ComparisonError', message: 'no such revision' }] };
    expect(await seen(wrong)).toMatchObject({
      health: 'degraded',
      message: expect.stringContaining('no such revision'),
    });
  });

  test('A3: that deploys into another namespace is refused', async () => {
    const one = target();
    argo.make(nameOf(one), 'payments', HEALTHY);
    expect(await provider().bring(one, signal)).toEqual({
      health: 'refused',
      message: `the Argo CD Application "${nameOf(one)}" deploys into the namespace "payments", not into "${one.spec.namespace}"`,
    });
  });

  test('A3: that deploys into another namespace since it was bound is not deleted', async () => {
    const one = target();
    argo.make(nameOf(one), 'payments', HEALTHY);
    const uid = argo.applications.get(nameOf(one))?.metadata?.uid ?? '';
    const bound = { ...one, resources: [{ kind: 'Application', name: nameOf(one), uid }] };
    await expect(provider().destroy(bound, signal)).rejects.toThrow(/deploys into the namespace "payments"/);
    expect(argo.applications.has(nameOf(one))).toBe(true);
  });

  test('A2: that was never bound is not deleted', async () => {
    const one = target();
    make(one, HEALTHY);
    expect(await provider().destroy(one, signal)).toEqual({ outcome: 'gone' });
    expect(argo.applications.has(nameOf(one))).toBe(true);
  });

  test('is deleted with what it deployed, once', async () => {
    const one = target();
    make(one, HEALTHY);
    argo.held.add(nameOf(one));
    const resources = [
      { kind: 'Application', name: nameOf(one), uid: argo.applications.get(nameOf(one))?.metadata?.uid ?? '' },
    ];
    for (let round = 0; round < 3; round++) {
      expect((await provider().destroy({ ...one, resources }, signal)).outcome).toBe('going');
    }
    const deletes = argo.requests.filter((request) => request.startsWith(`DELETE /api/v1/applications/${nameOf(one)}`));
    expect(deletes).toEqual([expect.stringContaining('project=default&cascade=true&propagationPolicy=foreground')]);
  });

  test('A1: is not made here, and a request to make one is told so', async () => {
    const one = target();
    const spec = { ...one.spec, settings: { create: true, template: 'shop' } };
    expect(await provider().bring({ ...one, spec }, signal)).toEqual({
      health: 'refused',
      message: 'settings.create: no Application is made where Argo CD is asked through its own API (ARGOCD_SERVER)',
    });
  });

  test('has to be named', async () => {
    const one = target();
    const { applicationName: _none, ...spec } = one.spec;
    expect(await provider().bring({ ...one, spec }, signal)).toMatchObject({ health: 'refused' });
    expect(await provider().destroy({ ...one, spec }, signal)).toEqual({ outcome: 'gone' });
  });
});

describe('an Argo CD that does not help', () => {
  test('is a fault that says what it answered, and never an Application that is not there', async () => {
    const wrong = argoCdProvider({ server: argo.server, token: 'wrong', project: 'default' });
    await expect(wrong.observe(target(), signal)).rejects.toThrow(/with 401: .*no session information/);
    argo.refusal = { status: 403, text: 'permission denied' };
    const bound = { ...target(), resources: [{ kind: 'Application', name: 'x', uid: 'u' }] };
    await expect(provider().destroy(bound, signal)).rejects.toThrow(/with 403: .*permission denied/);
    argo.refusal = undefined;
  });

  test('is a fault when nobody answers, and a call that is called off ends', async () => {
    const nobody = argoCdProvider({ server: 'http://127.0.0.1:1', token: TOKEN, project: 'default' });
    await expect(nobody.observe(target(), signal)).rejects.toThrow();
    await expect(provider().observe(target(), AbortSignal.abort())).rejects.toThrow();
  });
});
