// Environments that Argo CD deploys. The Application is somebody else's work: it is watched, and deleted with the environment.
// A1. Nothing is made here: an Application that is not there yet is waited for, and a request to make one is refused.
// A2. An Application of another uid than the one that was bound is somebody else's; it is neither used nor deleted.
// A3. An Application that deploys elsewhere than into the environment's namespace is refused, never bound, and not deleted even
//     where it was bound before: deleting takes along what it deployed.
import { boundUid } from '@testmesh/kubernetes';
import type { EnvironmentTarget, GitOpsProvider, Observation, Teardown } from '@testmesh/ports';
import { deploysElsewhere, judged } from './application-judgement.ts';
import { ArgoCdApi, ArgoCdFault, type ArgoCdSettings } from './argocd-api.ts';

export const argoCdProvider = (settings: ArgoCdSettings): GitOpsProvider => {
  const api = new ArgoCdApi(settings);
  const observe = async (target: EnvironmentTarget, signal: AbortSignal): Promise<Observation> => {
    const name = target.spec.applicationName;
    if (name === undefined) return { health: 'refused', message: 'it names no Argo CD Application to watch' };
    if (target.spec.settings['create'] === true) return { health: 'refused', message: makesNone };
    return judged(target, name, await api.application(name, signal));
  };
  return {
    bring: observe,
    observe,
    destroy: async (target, signal) => {
      const name = target.spec.applicationName;
      const bound = boundUid(target, 'Application');
      if (name === undefined || bound === undefined) return { outcome: 'gone' };
      const application = await api.application(name, signal);
      if (application === undefined || application.metadata?.uid !== bound) return { outcome: 'gone' };
      const elsewhere = deploysElsewhere(target, name, application);
      if (elsewhere !== undefined) throw new ArgoCdFault(elsewhere);
      if (application.metadata.deletionTimestamp === undefined) await api.remove(name, signal);
      return goingOf(target, name);
    },
  };
};

const makesNone = 'settings.create: no Application is made where Argo CD is asked through its own API (ARGOCD_SERVER)';

const goingOf = ({ spec }: EnvironmentTarget, name: string): Teardown => ({
  outcome: 'going',
  message: `the Argo CD Application "${name}" still deletes what it deployed into "${spec.namespace}"; a finalizer or a resource may hold it`,
});
