import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KubernetesApi, namespaceRef } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { systemClock } from '@testmesh/runtime';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import { limitedAccount } from '../../../../tools/testing/limited-account.ts';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { FluxKind } from './flux-object.ts';
import { defineFluxKinds, FluxWorld, pause } from './flux-world.fixture.ts';
import { FluxWatches, fluxProvider } from './index.ts';

// Namespaces come and go here, on busy machines too.
jest.setTimeout(180_000);

const signal = new AbortController().signal;

describeWith('kubernetes', 'fluxProvider on a real Kubernetes API', (kubeconfig) => {
  const fluxNamespace = `flux-${randomUUID().slice(0, 8)}`;
  const namespaces = new Set([fluxNamespace]);
  let api: KubernetesApi;
  let flux: FluxWorld;

  const makeNamespace = async (name: string) => {
    namespaces.add(name);
    if ((await api.get(namespaceRef(name), signal)) === undefined)
      await api.create({ ...namespaceRef(name), metadata: { name } }, signal);
  };
  beforeAll(async () => {
    api = new KubernetesApi({ kubeconfig });
    await defineFluxKinds(api);
    await makeNamespace(fluxNamespace);
    flux = new FluxWorld(api, kubeconfig, fluxNamespace);
  });
  afterAll(async () => {
    await flux.stop();
    for (const kind of ['Kustomization', 'HelmRelease'] as const) {
      const apiVersion = kind === 'HelmRelease' ? 'helm.toolkit.fluxcd.io/v2' : 'kustomize.toolkit.fluxcd.io/v1';
      const place = { apiVersion, kind, namespace: fluxNamespace };
      for (const { metadata } of (await api.list(place, signal)).items)
        await api.patch({ ...place, name: metadata?.name ?? '' }, { metadata: { finalizers: null } }, signal);
    }
    for (const name of namespaces) {
      const uid = (await api.get(namespaceRef(name), signal))?.metadata?.uid;
      if (uid !== undefined) await api.remove(namespaceRef(name), uid, signal);
    }
    api.close();
  });

  const provider = () => fluxProvider({ api, namespace: fluxNamespace });
  const target = (kind: FluxKind = 'Kustomization'): EnvironmentTarget => {
    const id = randomUUID();
    const spec = {
      ...{ name: 'PR', context: 'pr', cluster: 'default', provider: 'flux', namespace: `review-${id.slice(0, 8)}` },
      ...{ applicationName: `testmesh-${id.slice(0, 8)}`, ttlMinutes: 60, readyWithinMinutes: 15 },
      ...{ services: [], routingPolicy: {}, settings: { kind } },
    };
    return { id, workspace: 'acme', spec, resources: [] };
  };
  const nameOf = ({ spec }: EnvironmentTarget): string => spec.applicationName ?? '';
  const kindOf = ({ spec }: EnvironmentTarget): FluxKind => spec.settings['kind'] as FluxKind;
  const make = async (one: EnvironmentTarget, spec: object = {}) => {
    await makeNamespace(one.spec.namespace);
    await flux.make(kindOf(one), nameOf(one), one.spec.namespace, spec);
  };
  const ready = async (one: EnvironmentTarget, by = provider()): Promise<EnvironmentTarget> => {
    for (;;) {
      const seen = await by.bring(one, signal);
      if (seen.health === 'healthy') return { ...one, resources: seen.resources };
      if (seen.health !== 'progressing') throw new Error(`${seen.health}: ${'message' in seen ? seen.message : ''}`);
      await pause();
    }
  };
  const gone = async (one: EnvironmentTarget, by = provider()) => {
    while ((await by.destroy(one, signal)).outcome !== 'gone') await pause();
  };
  const messageOf = (seen: Observation): string => ('message' in seen ? seen.message : '');

  for (const kind of ['Kustomization', 'HelmRelease'] as const) {
    gitOpsProviderContract(
      `fluxProvider with a ${kind}`,
      () => ({
        provider: provider(),
        target: () => target(kind),
        owns: (one) => ({ kind, name: nameOf(one) }),
        becomeHealthy: (one) => make(one),
        degrade: (one) =>
          flux.say(kind, nameOf(one), {
            type: 'Ready',
            status: 'False',
            reason: 'HealthCheckFailed',
            message: 'timeout',
          }),
        removeByHand: (one) => flux.remove(kind, nameOf(one)),
        remakeByHand: (one) => make(one),
        hold: async (one) => {
          flux.held.add(nameOf(one));
        },
        letGo: async (one) => {
          flux.held.delete(nameOf(one));
        },
        exists: async (one) => (await flux.get(kind, nameOf(one))) !== undefined,
      }),
      90_000,
    );
  }

  test('what is ready is reached at the Services of its namespace', async () => {
    const one = target();
    await make(one);
    const metadata = { name: 'orders', namespace: one.spec.namespace };
    await api.create({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 8080 }] } }, signal);
    const url = `http://orders.${one.spec.namespace}.svc.cluster.local:8080`;
    const bound = await ready(one);
    expect(bound.resources).toContainEqual({ kind: 'Service', name: 'orders', uid: expect.any(String), url });
    await gone(bound);
  });

  test('its watches tell of the namespace when Flux says something new', async () => {
    const told: string[] = [];
    const faults: unknown[] = [];
    const watches = new FluxWatches({
      ...{ api, namespace: fluxNamespace, clock: systemClock },
      onFault: (fault) => faults.push(fault),
      onChange: (namespace) => told.push(namespace),
    });
    const watching = fluxProvider({ api, namespace: fluxNamespace, watches });
    for (const kind of ['Kustomization', 'HelmRelease'] as const) {
      const one = target(kind);
      await make(one);
      const bound = await ready(one, watching);
      for (let said = 0; !told.includes(bound.spec.namespace); said++) {
        await flux.say(kind, nameOf(one), { type: 'Ready', status: 'False', reason: 'Looking', message: `${said}` });
        await pause();
      }
      await gone(bound, watching);
    }
    await watches.close();
    expect(faults).toEqual([]);
  });

  test('F1: what is suspended is resumed, and Flux is asked once to look anew', async () => {
    const one = target();
    await make(one, { suspend: true });
    const seen = await provider().bring(one, signal);
    expect(seen).toMatchObject({ health: 'progressing', message: expect.stringContaining('looked at anew') });
    const asked = await flux.get('Kustomization', nameOf(one));
    expect(asked?.spec?.suspend).toBe(false);
    const bound = await ready(one);
    const after = await flux.get('Kustomization', nameOf(one));
    await provider().bring(bound, signal);
    expect((await flux.get('Kustomization', nameOf(one)))?.metadata?.resourceVersion).toBe(
      after?.metadata?.resourceVersion,
    );
  });

  test('F1: what Flux found before it was asked does not count', async () => {
    const one = target();
    await make(one);
    const failure = { type: 'Ready', status: 'False', reason: 'BuildFailed', message: 'an old mistake' };
    await flux.say('Kustomization', nameOf(one), failure);
    flux.conditions.delete(nameOf(one));
    expect((await provider().bring(one, signal)).health).toBe('progressing');
    await ready(one);
  });

  test('F3: one that deploys elsewhere, or does not say where, is refused and not deleted', async () => {
    const one = target();
    await flux.make('Kustomization', nameOf(one), 'payments');
    const where = `the Flux Kustomization "${nameOf(one)}" deploys into the namespace "payments"`;
    const seen = await provider().bring(one, signal);
    expect(seen).toEqual({ health: 'refused', message: `${where}; it has to deploy into "${one.spec.namespace}"` });
    const uid = (await flux.get('Kustomization', nameOf(one)))?.metadata?.uid ?? '';
    const bound = { ...one, resources: [{ kind: 'Kustomization', name: nameOf(one), uid }] };
    await expect(provider().destroy(bound, signal)).rejects.toThrow(where);
    const other = target();
    await make(other, { targetNamespace: null });
    expect(messageOf(await provider().bring(other, signal))).toMatch(/has no targetNamespace/);
  });

  test('F4: what is suspended is resumed before it is deleted, so that Flux takes away what it deployed', async () => {
    const one = target();
    await make(one);
    const bound = await ready(one);
    await flux.suspend('Kustomization', nameOf(one));
    expect(messageOf(await provider().observe(bound, signal))).toMatch(/is suspended/);
    await gone(bound);
    expect(flux.pruned).toContain(nameOf(one));
  });

  test('F5: the namespace is bound, and goes after what deployed into it', async () => {
    const one = target('HelmRelease');
    await make(one);
    const bound = await ready(one);
    expect(bound.resources.map(({ kind }) => kind)).toEqual(['HelmRelease', 'Namespace']);
    await gone(bound);
    expect(await api.get(namespaceRef(one.spec.namespace), signal)).toBeUndefined();
  });

  test('F5: a namespace that another one deploys into stays', async () => {
    const one = target();
    await make(one);
    await flux.make('HelmRelease', 'neighbour', one.spec.namespace);
    const bound = await ready(one);
    await provider().destroy(bound, signal);
    while (await flux.get('Kustomization', nameOf(one))) await pause();
    const going = await provider().destroy(bound, signal);
    expect(going).toEqual({
      outcome: 'going',
      message: `the namespace "${one.spec.namespace}" is kept: the Flux HelmRelease "neighbour" deploys into it, too`,
    });
    expect((await api.get(namespaceRef(one.spec.namespace), signal))?.metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('a namespace that was deleted by hand is missed', async () => {
    const one = target();
    await make(one);
    const bound = await ready(one);
    const uid = bound.resources.find(({ kind }) => kind === 'Namespace')?.uid ?? '';
    await api.remove(namespaceRef(one.spec.namespace), uid, signal);
    expect(await provider().observe(bound, signal)).toMatchObject({
      ...{ health: 'missing', message: expect.stringContaining(one.spec.namespace) },
    });
  });

  test('needs no more rights than its page says', async () => {
    const groups = ['kustomize.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io'];
    await using account = await limitedAccount(kubeconfig, [
      {
        apiGroups: groups,
        resources: ['kustomizations', 'helmreleases'],
        verbs: ['get', 'list', 'watch', 'patch', 'delete'],
      },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'delete'] },
      { apiGroups: [''], resources: ['services'], verbs: ['list'] },
    ]);
    const limited = new KubernetesApi({ kubeconfig: account.kubeconfig });
    const by = fluxProvider({ api: limited, namespace: fluxNamespace });
    const one = target();
    await make(one, { suspend: true });
    const bound = await ready(one, by);
    await gone(bound, by);
    expect(await api.get(namespaceRef(one.spec.namespace), signal)).toBeUndefined();
    limited.close();
  });

  describe('refuses', () => {
    test('what is not understood, and what names nothing', async () => {
      const one = target();
      const wrong = { ...one, spec: { ...one.spec, settings: { kind: 'GitRepository' } } };
      expect(messageOf(await provider().bring(wrong, signal))).toMatch(/^settings\.kind has to be Kustomization or/);
      const { applicationName: _none, ...spec } = one.spec;
      expect(messageOf(await provider().bring({ ...one, spec }, signal))).toBe(
        'it names no Flux Kustomization to watch',
      );
      expect(await provider().destroy({ ...one, spec }, signal)).toEqual({ outcome: 'gone' });
    });
  });
});
