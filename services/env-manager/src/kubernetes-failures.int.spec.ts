// What can go wrong in a cluster, done to a real one: each ends in the right state, with words that say what to look at.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { TestEnvironmentState } from '@testmesh/domain';
import { ArgoCdOnKubernetes } from '@testmesh/gitops-argocd';
import type { TestEnvironments } from '@testmesh/ports';
import { EnvironmentReconciler, seededRandom, systemClock } from '@testmesh/runtime';
import { ARGOCD_HEALTHY, memoryJournal, memoryTestEnvironments } from '@testmesh/testing';
import { ArgoCdController } from '@testmesh/testing/argocd';
import { type Infra, startInfra } from '../../../tools/infra/infra.ts';
import { describeWith } from '../../../tools/testing/real.ts';

jest.setTimeout(180_000);

/** What takes minutes in a cluster that people use. */
const pace = { followMs: 100, checkMs: 200, tearDownMs: 200, silentMs: 2000, hinderedMs: 1500 };

type State = Exclude<TestEnvironmentState, { readonly status: 'absent' }>;

// The whole cluster is this file's own: it is killed.
describeWith('kubernetes', 'an env-manager whose cluster has trouble', () => {
  let infra: Infra;
  let provider: ArgoCdOnKubernetes;
  let argo: ArgoCdController;
  let reconciler: EnvironmentReconciler;
  let environments: TestEnvironments;
  let pid = 0;
  beforeAll(async () => {
    infra = await startInfra({ need: ['kubernetes'], ownOnly: true });
    const { kubeconfig = '', pid: own = 0 } = infra.kubernetes ?? {};
    pid = own;
    environments = memoryTestEnvironments(memoryJournal(), systemClock);
    provider = new ArgoCdOnKubernetes(
      { cluster: { kubeconfig }, namespace: 'argocd' },
      { clock: systemClock, onFault: () => undefined },
    );
    reconciler = new EnvironmentReconciler({
      ...{ environments, pace, clock: systemClock, random: seededRandom('k'), callMs: 5000 },
      provider: () => provider,
      policy: () => ({ namespaces: ['review-*'], applications: ['app-*'], reserved: [] }),
      onFault: () => undefined,
    });
    reconciler.start();
  }, 180_000);
  afterAll(async () => {
    await reconciler.stop();
    await provider.close();
    await argo.close();
    await infra.stop();
  });

  let made = 0;
  const register = async (readyWithinMinutes = 5): Promise<{ readonly id: string; readonly name: string }> => {
    made += 1;
    const [id, name] = [randomUUID(), `review-${made}`];
    const spec = {
      ...{ name, context: name, namespace: name, applicationName: `app-${made}`, cluster: 'default' },
      ...{ provider: 'argocd', settings: {}, services: [], routingPolicy: {}, ttlMinutes: 60, readyWithinMinutes },
    };
    await environments.register({ id, workspace: 'acme', by: 'ada', spec });
    return { id, name: `app-${made}` };
  };
  const comesTo = async (id: string, isIt: (state: State) => boolean): Promise<State> => {
    for (const end = Date.now() + 90_000; ; ) {
      const state = (await environments.find(id))?.state;
      if (state !== undefined && isIt(state)) return state;
      if (Date.now() > end) throw new Error(`it did not come to that: ${JSON.stringify(state)}`);
      await systemClock.sleep(50);
    }
  };
  const failed = (id: string) => comesTo(id, ({ status, error }) => status === 'cold' && error !== undefined);
  const destroy = (id: string) =>
    environments.request(id, { type: 'RequestDestroy', by: 'ada', reason: 'done', force: false });
  const gone = (id: string) => comesTo(id, ({ status }) => status === 'destroyed');
  const warm = async (): Promise<{ readonly id: string; readonly name: string; readonly namespace: string }> => {
    const one = await register();
    const namespace = one.name.replace('app-', 'review-');
    await argo.make(one.name, namespace, ARGOCD_HEALTHY);
    await comesTo(one.id, ({ status, error }) => status === 'warm' && error === undefined);
    return { ...one, namespace };
  };

  test('no Argo CD in the cluster: it fails in its time and says that nothing brings Applications', async () => {
    const { id } = await register(0.05);
    expect(await failed(id)).toMatchObject({
      error:
        'it was not ready within 0.05 minutes: the cluster "default" could not be asked: the cluster knows no Application of argoproj.io/v1alpha1: what brings that kind is not installed there',
    });
    argo = await ArgoCdController.start(infra.kubernetes?.kubeconfig ?? '', 'argocd');
  });

  test('no such Application: it fails in its time and says which is missing', async () => {
    const { id, name } = await register(0.05);
    const error = `it was not ready within 0.05 minutes: the Argo CD Application "${name}" is not there`;
    expect(await failed(id)).toMatchObject({ error });
    await destroy(id);
    await gone(id);
  });

  test('Progressing for ever: it fails in its time and says how the Application stands', async () => {
    const { id, name } = await register(0.05);
    await argo.make(name, name.replace('app-', 'review-'));
    const error = `it was not ready within 0.05 minutes: the Argo CD Application "${name}" is Progressing and Synced`;
    expect(await failed(id)).toMatchObject({ error });
  });

  test('an Argo CD that is not running: it fails in its time and says that nobody looked', async () => {
    argo.isOn = false;
    const { id, name } = await register(0.05);
    await argo.make(name, name.replace('app-', 'review-'), ARGOCD_HEALTHY);
    expect((await failed(id)).error).toMatch(/was to be looked at anew, and Argo CD has not done so yet$/);
    argo.isOn = true;
  });

  test('Degraded: it fails at once and says what of it is', async () => {
    const { id, name } = await register();
    const resources = [
      { kind: 'Deployment', name: 'orders', health: { status: 'Degraded', message: 'no such image' } },
    ];
    const status = { health: { status: 'Degraded' }, sync: { status: 'Synced' }, resources };
    await argo.make(name, name.replace('app-', 'review-'), status);
    const error = `the Argo CD Application "${name}" is Degraded: Deployment orders (no such image)`;
    expect(await failed(id)).toMatchObject({ error });
  });

  test('Degraded while it is warm: it is given to nobody until it is well again', async () => {
    const { id, name } = await warm();
    await argo.finds(name, { health: { status: 'Degraded', message: 'orders crashes' }, sync: { status: 'Synced' } });
    const sick = await comesTo(id, ({ error }) => error !== undefined);
    expect(sick).toMatchObject({ error: `the Argo CD Application "${name}" is Degraded: orders crashes` });
    await argo.heal(name);
    await comesTo(id, ({ status, error }) => status === 'warm' && error === undefined);
  });

  test('the Application or the namespace deleted by hand: the rest goes too, for that reason', async () => {
    const [one, other] = [await warm(), await warm()];
    await argo.removeByHand(one.name);
    const reason = `the Argo CD Application "${one.name}" is not there`;
    expect(await gone(one.id)).toMatchObject({ destroying: { by: 'the reconciler', reason } });
    const { api } = argo;
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: other.namespace };
    const { signal } = new AbortController();
    await api.remove(ref, (await api.get(ref, signal))?.metadata?.uid ?? '', signal);
    const lost = await gone(other.id);
    expect(lost).toMatchObject({ destroying: { reason: expect.stringMatching(/^the namespace "review-/) } });
    expect(await argo.get(other.name)).toBeUndefined();
  });

  test('a finalizer that does not let go: the end waits, names it, and comes when it does', async () => {
    const { id, name, namespace } = await warm();
    argo.held.add(name);
    await destroy(id);
    const held = await comesTo(id, ({ error }) => error !== undefined);
    expect(held).toMatchObject({
      destroying: { by: 'ada' },
      error: `the Argo CD Application "${name}" still deletes what it deployed into "${namespace}": held by its finalizers resources-finalizer.argocd.argoproj.io`,
    });
    argo.held.delete(name);
    await gone(id);
  });

  test('an API that is away: what is warm is given to nobody, what goes waits, and a watch that is too old (410) begins anew', async () => {
    const [kept, going, coming] = [await warm(), await warm(), await register(0.1)];
    process.kill(pid, 'SIGKILL');
    await destroy(going.id);
    const away = /^the cluster "default" could not be asked: the Kubernetes API at https:\S+ does not answer: /;
    expect((await comesTo(kept.id, ({ error }) => error !== undefined)).error).toMatch(away);
    expect((await comesTo(going.id, ({ error }) => error !== undefined)).error).toMatch(away);
    expect((await failed(coming.id)).error).toMatch(/^it was not ready within 0\.1 minutes: the cluster "default"/);
    pid = (await infra.restart('kubernetes')) ?? 0;
    await comesTo(kept.id, ({ status, error }) => status === 'warm' && error === undefined);
    await gone(going.id);
    await argo.finds(kept.name, { health: { status: 'Degraded', message: 'after all' }, sync: { status: 'Synced' } });
    await comesTo(kept.id, ({ error }) => error?.endsWith('is Degraded: after all') === true);
    await destroy(kept.id);
    await gone(kept.id);
  });
});
