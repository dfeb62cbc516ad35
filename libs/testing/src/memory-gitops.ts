// A cluster that is a map, with the hands of everybody who could reach into it: its controllers, people, the network.
import type { BoundResource } from '@testmesh/domain';
import type { EnvironmentTarget, GitOpsProvider, Observation, Teardown } from '@testmesh/ports';

interface Namespace {
  readonly uid: string;
  health: 'progressing' | 'healthy' | 'degraded';
  message: string;
  isTerminating: boolean;
  isHeld: boolean;
}

export interface MemoryGitOps extends GitOpsProvider {
  readonly namespaces: () => readonly string[];
  readonly becomeHealthy: (namespace: string) => void;
  readonly degrade: (namespace: string, message: string) => void;
  readonly removeByHand: (namespace: string) => void;
  /** The name stays, the thing is another. */
  readonly remakeByHand: (namespace: string) => void;
  /** A finalizer keeps the namespace until it is let go. */
  readonly hold: (namespace: string) => void;
  readonly letGo: (namespace: string) => void;
  /** Every call fails with this until it is called with nothing. */
  readonly cutOff: (error?: Error) => void;
  /** New namespaces are healthy at once. */
  readonly healAtOnce: (isOn: boolean) => void;
}

export const memoryGitOps = (): MemoryGitOps => new InMemory();

// The calls are fields, so that a test may hand them on without their object.
class InMemory implements MemoryGitOps {
  readonly #cluster = new Map<string, Namespace>();
  #made = 0;
  #fault: Error | undefined;
  #isQuick = false;

  bring = async (target: EnvironmentTarget): Promise<Observation> => {
    this.#reach();
    const { namespace } = target.spec;
    if (!this.#cluster.has(namespace) && target.resources.length === 0) this.#make(namespace);
    return observed(target, this.#cluster.get(namespace));
  };

  observe = async (target: EnvironmentTarget): Promise<Observation> => {
    this.#reach();
    return observed(target, this.#cluster.get(target.spec.namespace));
  };

  destroy = async ({ spec, resources }: EnvironmentTarget): Promise<Teardown> => {
    this.#reach();
    const namespace = this.#cluster.get(spec.namespace);
    if (namespace === undefined || !isOwn(namespace, resources)) return { outcome: 'gone' };
    namespace.isTerminating = true;
    if (namespace.isHeld) {
      return { outcome: 'going', message: `the namespace "${spec.namespace}" is still there: a finalizer holds it` };
    }
    this.#cluster.delete(spec.namespace);
    return { outcome: 'gone' };
  };

  namespaces = (): readonly string[] => [...this.#cluster.keys()];

  becomeHealthy = (name: string): void => {
    this.#must(name).health = 'healthy';
  };

  degrade = (name: string, message: string): void => {
    Object.assign(this.#must(name), { health: 'degraded', message });
  };

  removeByHand = (name: string): void => {
    this.#cluster.delete(name);
  };

  remakeByHand = (name: string): void => {
    this.#make(name).health = 'healthy';
  };

  hold = (name: string): void => {
    this.#must(name).isHeld = true;
  };

  letGo = (name: string): void => {
    this.#must(name).isHeld = false;
  };

  cutOff = (error?: Error): void => {
    this.#fault = error;
  };

  healAtOnce = (isOn: boolean): void => {
    this.#isQuick = isOn;
  };

  #make(name: string): Namespace {
    this.#made += 1;
    const health = this.#isQuick ? 'healthy' : 'progressing';
    const message = `the namespace "${name}" is not ready`;
    const namespace: Namespace = { uid: `uid-${this.#made}`, health, message, isTerminating: false, isHeld: false };
    this.#cluster.set(name, namespace);
    return namespace;
  }

  #must(name: string): Namespace {
    const namespace = this.#cluster.get(name);
    if (namespace === undefined) throw new Error(`there is no namespace "${name}"`);
    return namespace;
  }

  #reach(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }
}

const isOwn = ({ uid }: Namespace, resources: readonly BoundResource[]): boolean =>
  resources.some((resource) => resource.uid === uid);

const observed = ({ spec, resources: bound }: EnvironmentTarget, namespace: Namespace | undefined): Observation => {
  const name = spec.namespace;
  if (namespace === undefined) return { health: 'missing', message: `the namespace "${name}" is not there` };
  if (bound.length > 0 && !isOwn(namespace, bound)) {
    return {
      health: 'missing',
      message: `the namespace "${name}" was deleted, and somebody made another of that name`,
    };
  }
  const resources = [{ kind: 'Namespace', name, uid: namespace.uid }];
  if (namespace.isTerminating) return { health: 'missing', message: `the namespace "${name}" is being deleted` };
  if (namespace.health === 'healthy') return { health: 'healthy', resources };
  return { health: namespace.health, message: namespace.message, resources };
};
