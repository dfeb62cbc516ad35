import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { KubernetesObject } from '@testmesh/kubernetes';
import type { EnvironmentTarget, Observation } from '@testmesh/ports';
import { ARGOCD_HEALTHY } from '@testmesh/testing';
import { gitOpsProviderContract } from '@testmesh/testing/contracts';
import { describeWith } from '../../../../tools/testing/real.ts';
import type { ArgoCdOnKubernetes } from './argocd-on-kubernetes.ts';
import { kubernetesWorld, nameOf, signal, until } from './kubernetes-world.fixture.ts';

jest.setTimeout(120_000);

const resourcesOf = (seen: Observation) => ('resources' in seen ? seen.resources : []);

describeWith('kubernetes', 'an Argo CD on a real Kubernetes', (kubeconfig) => {
  const { argo, provider, target, namespace, told } = kubernetesWorld(kubeconfig);
  let shared: ArgoCdOnKubernetes | undefined;
  const one = (): ArgoCdOnKubernetes => {
    shared ??= provider();
    return shared;
  };

  gitOpsProviderContract('ArgoCdOnKubernetes', () => ({
    provider: one(),
    target,
    owns: (of) => ({ kind: 'Application', name: nameOf(of) }),
    becomeHealthy: async (of) => {
      await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    },
    degrade: (of) => argo().finds(nameOf(of), { health: { status: 'Degraded', message: 'orders crashes' } }),
    removeByHand: (of) => argo().removeByHand(nameOf(of)),
    remakeByHand: async (of) => {
      await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    },
    hold: async (of) => {
      argo().held.add(nameOf(of));
    },
    letGo: async (of) => {
      argo().held.delete(nameOf(of));
    },
    exists: async (of) => (await argo().get(nameOf(of))) !== undefined || (await namespace(of)) !== undefined,
  }));

  /** Brought and bound; healthy. */
  const ready = async (of = target(), isNew = true): Promise<EnvironmentTarget> => {
    if (isNew) await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    const seen = await until(
      () => one().bring(of, signal),
      ({ health }) => health === 'healthy',
    );
    return { ...of, resources: resourcesOf(seen) };
  };

  beforeEach(() => {
    argo().isOn = true;
  });

  test('K1: what Argo CD said before it was asked does not count, and is waited for', async () => {
    const of = target();
    argo().isOn = false;
    await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    // Its own watch may hear of it a moment later.
    await until(
      () => one().bring(of, signal),
      ({ health }) => health !== 'missing',
    );
    for (let round = 0; round < 3; round++) {
      expect(await one().bring(of, signal)).toMatchObject({
        health: 'progressing',
        message: `the Argo CD Application "${nameOf(of)}" was to be looked at anew, and Argo CD has not done so yet`,
      });
    }
    argo().isOn = true;
    const seen = await until(
      () => one().bring(of, signal),
      ({ health }) => health === 'healthy',
    );
    expect(resourcesOf(seen)).toContainEqual({ kind: 'Namespace', name: of.spec.namespace, uid: expect.any(String) });
  });

  test('what is ready is reached at the Services of its namespace, as they were when it became so', async () => {
    const of = target();
    const service = async (name: string, spec: object): Promise<void> => {
      const metadata = { name, namespace: of.spec.namespace };
      await argo().api.create({ apiVersion: 'v1', kind: 'Service', metadata, spec } as KubernetesObject, signal);
    };
    await argo().make(nameOf(of), of.spec.namespace);
    await until(
      () => one().bring(of, signal),
      (seen) => resourcesOf(seen).length === 2,
    );
    await service('orders', { ports: [{ name: 'http', port: 8080 }] });
    await service('postgres', { ports: [{ port: 5432 }] });
    await service('users', { type: 'ExternalName', externalName: 'users.staging.svc.cluster.local' });
    await argo().heal(nameOf(of));
    const bound = await ready(of, false);
    const url = `http://orders.${of.spec.namespace}.svc.cluster.local:8080`;
    const services = bound.resources.filter(({ kind }) => kind === 'Service');
    expect(services).toEqual([{ kind: 'Service', name: 'orders', uid: expect.any(String), url }]);
    expect(resourcesOf(await one().bring(bound, signal)).filter(({ kind }) => kind === 'Service')).toEqual(services);
  });

  test('its watches tell of the namespace when Argo CD finds something new, and when the namespace goes', async () => {
    const of = await ready();
    const tells = async (act: () => Promise<unknown>): Promise<void> => {
      told.length = 0;
      await act();
      await until(
        async () => told,
        (spaces) => spaces.includes(of.spec.namespace),
      );
    };
    await tells(() => argo().finds(nameOf(of), { health: { status: 'Degraded', message: 'orders crashes' } }));
    const uid = (await namespace(of))?.metadata?.uid ?? '';
    await tells(() => argo().api.remove({ apiVersion: 'v1', kind: 'Namespace', name: of.spec.namespace }, uid, signal));
  });

  test('K2: the end deletes what Argo CD deployed, then the namespace, and is told only when nothing is left', async () => {
    const of = await ready();
    argo().held.add(nameOf(of));
    expect(await one().destroy(of, signal)).toEqual({
      outcome: 'going',
      message: `the Argo CD Application "${nameOf(of)}" still deletes what it deployed into "${of.spec.namespace}": held by its finalizers resources-finalizer.argocd.argoproj.io`,
    });
    expect((await argo().get(nameOf(of)))?.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['resources-finalizer.argocd.argoproj.io'],
    });
    expect((await namespace(of))?.metadata).not.toHaveProperty('deletionTimestamp');
    argo().held.delete(nameOf(of));
    await until(
      () => one().destroy(of, signal),
      ({ outcome }) => outcome === 'gone',
    );
    expect([await argo().get(nameOf(of)), await namespace(of)]).toEqual([undefined, undefined]);
  });

  test('K2: a namespace with something in it that does not go says what that is', async () => {
    const of = await ready();
    const metadata = { name: 'held', namespace: of.spec.namespace, finalizers: ['example.com/not-yet'] };
    await argo().api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, signal);
    const destroy = () => one().destroy(of, signal);
    const going = await until(destroy, (seen) => seen.outcome === 'gone' || seen.message.includes('example.com'));
    expect(going).toMatchObject({
      message: expect.stringMatching(
        /^the namespace ".*" is being deleted and is still there: .*example\.com\/not-yet/,
      ),
    });
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'held', namespace: of.spec.namespace };
    await argo().api.patch(ref, { metadata: { finalizers: null } }, signal);
    await until(destroy, ({ outcome }) => outcome === 'gone');
  });

  test('K2: a namespace that is deleted by hand is missed, and one of the same name that came after it stays', async () => {
    const of = await ready();
    const name = of.spec.namespace;
    const uid = (await namespace(of))?.metadata?.uid ?? '';
    await argo().api.remove({ apiVersion: 'v1', kind: 'Namespace', name }, uid, signal);
    const observe = () => one().observe(of, signal);
    const seen = await until(observe, ({ health }) => health === 'missing');
    expect(seen).toMatchObject({ message: expect.stringMatching(/^the namespace ".*" (?:was|is being) deleted$/) });
    await until(
      () => namespace(of),
      (left) => left === undefined,
    );
    const remade = await argo().api.create<KubernetesObject>(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      signal,
    );
    await until(observe, (now) => 'message' in now && now.message.endsWith('another of that name was made'));
    await until(
      () => one().destroy(of, signal),
      ({ outcome }) => outcome === 'gone',
    );
    expect((await namespace(of))?.metadata).toMatchObject({ uid: remade.metadata?.uid });
    expect((await namespace(of))?.metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('K3: a namespace into which another Application deploys is left to that one', async () => {
    const of = await ready();
    await argo().make(`other-${nameOf(of)}`, of.spec.namespace, ARGOCD_HEALTHY);
    const destroy = () => one().destroy(of, signal);
    const kept = await until(destroy, (seen) => seen.outcome === 'gone' || seen.message.includes('is kept'));
    expect(kept).toEqual({
      outcome: 'going',
      message: `the namespace "${of.spec.namespace}" is kept: it is deployed into by the Argo CD Application "other-${nameOf(of)}", too`,
    });
    await argo().removeByHand(`other-${nameOf(of)}`);
    await until(destroy, ({ outcome }) => outcome === 'gone');
  });

  test('A3: an Application that deploys elsewhere is refused, and not deleted', async () => {
    const of = target();
    const uid = await argo().make(nameOf(of), 'payments', ARGOCD_HEALTHY);
    const message = `the Argo CD Application "${nameOf(of)}" deploys into the namespace "payments", not into "${of.spec.namespace}"`;
    expect(await one().bring(of, signal)).toEqual({ health: 'refused', message });
    const bound = { ...of, resources: [{ kind: 'Application', name: nameOf(of), uid }] };
    await expect(one().destroy(bound, signal)).rejects.toThrow(message);
    expect(await argo().get(nameOf(of))).toBeDefined();
  });
});

describeWith('kubernetes', 'an Application of our own making', (kubeconfig) => {
  const { argo, provider, target, namespace } = kubernetesWorld(kubeconfig);
  let templates: string;
  beforeAll(async () => {
    templates = await mkdtemp(join(tmpdir(), 'testmesh-applications-'));
    const shop = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ignored, labels: { team: shop } }
spec:
  project: default
  source: { repoURL: https://git.example.com/shop.git, path: deploy, targetRevision: "\${REVISION}" }
  destination: { server: https://kubernetes.default.svc, namespace: elsewhere }
  syncPolicy: { automated: {}, syncOptions: [CreateNamespace=true] }
`;
    await writeFile(join(templates, 'shop.yaml'), shop);
    await writeFile(join(templates, 'no-application.yaml'), 'apiVersion: v1\nkind: Secret\n');
  });
  afterAll(() => rm(templates, { recursive: true }));
  const wanted = { create: true, template: 'shop', variables: { REVISION: 'pr-1' } };

  test('is made once from the template, bound to its environment, and goes with its namespace', async () => {
    const [ours, of] = [provider({ templates }), target(wanted)];
    await ours.bring(of, signal);
    expect(await argo().get(nameOf(of))).toMatchObject({
      metadata: {
        labels: { team: 'shop', 'testmesh.dev/environment': of.id },
        finalizers: ['resources-finalizer.argocd.argoproj.io'],
      },
      spec: { source: { targetRevision: 'pr-1' }, destination: { namespace: of.spec.namespace } },
    });
    await argo().heal(nameOf(of));
    const seen = await until(
      () => ours.bring(of, signal),
      ({ health }) => health === 'healthy',
    );
    const bound = { ...of, resources: resourcesOf(seen) };
    expect(bound.resources.map(({ kind }) => kind)).toEqual(['Application', 'Namespace']);
    await argo().removeByHand(nameOf(of));
    await until(
      () => ours.bring(bound, signal),
      ({ health }) => health === 'missing',
    );
    expect(await argo().get(nameOf(of))).toBeUndefined(); // made no second time
    await until(
      () => ours.destroy(bound, signal),
      ({ outcome }) => outcome === 'gone',
    );
    expect(await namespace(of)).toBeUndefined();
  });

  test('that nobody bound before a crash is found by its label and deleted, with the namespace that came with it', async () => {
    const of = target(wanted);
    await provider({ templates }).bring(of, signal);
    await until(
      () => namespace(of),
      (made) => made !== undefined,
    );
    const after = provider({ templates });
    await until(
      () => after.destroy(of, signal),
      ({ outcome }) => outcome === 'gone',
    );
    expect([await argo().get(nameOf(of)), await namespace(of)]).toEqual([undefined, undefined]);
  });

  test('is not made where another has its name; that one is neither used nor deleted', async () => {
    const of = target(wanted);
    await argo().make(nameOf(of), of.spec.namespace, ARGOCD_HEALTHY);
    expect(await provider({ templates }).bring(of, signal)).toEqual({
      health: 'refused',
      message: `there is an Argo CD Application "${nameOf(of)}" already, and it was not made for this environment`,
    });
    expect(await provider({ templates }).destroy(of, signal)).toEqual({ outcome: 'gone' });
    expect(await argo().get(nameOf(of))).toBeDefined();
  });

  test('is refused with the place where what was asked for makes no sense', async () => {
    const refusal = async (settings: EnvironmentTarget['spec']['settings'], folder: string | undefined = templates) => {
      const given = folder === '' ? {} : { templates: folder };
      const seen = await provider(given).bring(target(settings), signal);
      return 'message' in seen && seen.health === 'refused' ? seen.message : seen;
    };
    expect(await refusal({ create: true, template: 'shop' })).toBe(
      'shop.yaml asks for ${REVISION}, and nobody said it: give settings.variables.REVISION',
    );
    expect(await refusal({ create: true, template: 'no-application' })).toMatch(
      /^the template "no-application" is not one argoproj.io\/v1alpha1 Application: apiVersion: /,
    );
    expect(await refusal({ create: true })).toMatch(/^settings\.template: it names/);
    expect(await refusal({ create: 'yes' })).toMatch(/^settings\.create: /);
    expect(await refusal(wanted, '')).toMatch(/no folder of templates is configured here \(TESTMESH_TEMPLATES\)$/);
  });
});
