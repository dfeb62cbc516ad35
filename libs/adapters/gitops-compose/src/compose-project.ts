// The network and the containers of one environment, as the daemon knows them.
import type { EnvironmentTarget } from '@testmesh/ports';
import type Docker from 'dockerode';
import type { ComposeService, ComposeServices } from './compose-file.ts';
import { containerOptions } from './container-options.ts';
import { ifThere, lastLines, statusOf } from './docker-answers.ts';
import type { ContainerState, ContainerStates } from './judgement.ts';
import { containerLabels, ENVIRONMENT, NETWORK, ownerLabels, SERVICE, SERVICES } from './labels.ts';

export interface ProjectNetwork {
  readonly id: string;
  /** Made for this environment, as its label says. */
  readonly isOwn: boolean;
  /** As the environment was made of; none where it is somebody else's. */
  readonly services: ComposeServices;
}

export class ComposeProject {
  readonly #docker: Docker;
  readonly #target: EnvironmentTarget;
  readonly #signal: AbortSignal;

  constructor(docker: Docker, target: EnvironmentTarget, signal: AbortSignal) {
    this.#docker = docker;
    this.#target = target;
    this.#signal = signal;
  }

  get name(): string {
    return this.#target.spec.namespace;
  }

  async network(): Promise<ProjectNetwork | undefined> {
    const filters = { name: [this.name] };
    // The filter finds parts of names too.
    const named = (await this.#docker.listNetworks({ filters, ...this.#called() })).filter(
      ({ Name }) => Name === this.name,
    );
    const networks = named.map(({ Id, Labels }) => this.#networkOf(Id, Labels ?? {}));
    const bound = this.#target.resources.find(({ kind }) => kind === 'Network')?.uid;
    return networks.find(({ id }) => id === bound) ?? networks.find(({ isOwn }) => isOwn) ?? networks[0];
  }

  async makeNetwork(services: ComposeServices): Promise<ProjectNetwork> {
    const Labels = { ...ownerLabels(this.#target), [SERVICES]: JSON.stringify([...services]) };
    const wanted = { Name: this.name, CheckDuplicate: true, Labels };
    const { id } = await this.#docker.createNetwork({ ...wanted, ...this.#called() });
    return { id, isOwn: true, services };
  }

  /** What each service's container of this network is doing. */
  async containers(network: string): Promise<ContainerStates> {
    const listed = await this.#listed(network);
    const states = await Promise.all(listed.map(({ Id, Labels }) => this.#state(Id, Labels[SERVICE] ?? '')));
    return new Map(states.flatMap((state) => (state === undefined ? [] : [state])));
  }

  /** Makes the container where there is none, and starts it. */
  async start(network: string, service: string, wanted: ComposeService, made: string | undefined): Promise<void> {
    const labels = containerLabels(this.#target, network, service);
    const name = `${this.name}-${service}`;
    const id = made ?? (await this.#create(containerOptions(wanted, { name, service, network, labels })));
    await this.#docker.getContainer(id).start(this.#called());
  }

  /** Removes every container made for this network, with what is stored in it, and then the network; whether all of it is gone. */
  async remove(network: string): Promise<boolean> {
    try {
      for (const { Id } of await this.#listed(network)) {
        await ifThere(this.#docker.getContainer(Id).remove({ force: true, v: true, ...this.#called() }));
      }
      await ifThere(this.#docker.getNetwork(network).remove(this.#called()));
      return true;
    } catch (error) {
      // Somebody else's container is in the network, or a removal is going on already.
      if (statusOf(error) === 403 || statusOf(error) === 409) return false;
      throw error;
    }
  }

  /** Names of the containers that somebody else put into the network. */
  async strangers(network: string): Promise<readonly string[]> {
    const found = await ifThere(this.#docker.getNetwork(network).inspect());
    return Object.entries(found?.Containers ?? {}).map(([id, { Name }]) => Name || id);
  }

  #networkOf(id: string, labels: Readonly<Record<string, string>>): ProjectNetwork {
    if (labels[ENVIRONMENT] !== this.#target.id) return { id, isOwn: false, services: new Map() };
    const services = JSON.parse(labels[SERVICES] ?? '[]') as readonly (readonly [string, ComposeService])[];
    return { id, isOwn: true, services: new Map(services) };
  }

  #listed(network: string): Promise<Docker.ContainerInfo[]> {
    const label = [`${ENVIRONMENT}=${this.#target.id}`, `${NETWORK}=${network}`];
    return this.#docker.listContainers({ all: true, filters: { label }, ...this.#called() });
  }

  async #create(options: Docker.ContainerCreateOptions): Promise<string> {
    return (await this.#docker.createContainer({ ...options, ...this.#called() })).id;
  }

  async #state(id: string, service: string): Promise<readonly [string, ContainerState] | undefined> {
    const container = this.#docker.getContainer(id);
    const found = await ifThere(container.inspect(this.#called()));
    if (found === undefined) return undefined;
    const state = stateOf(found);
    const hasFailed = state.status === 'exited' && state.exitCode !== 0;
    return [service, hasFailed ? { ...state, lines: await lastLines(container, this.#signal) } : state];
  }

  #called() {
    return { abortSignal: this.#signal };
  }
}

const stateOf = ({ Id, State, NetworkSettings }: Docker.ContainerInspectInfo): ContainerState => ({
  id: Id,
  status: State.Status as ContainerState['status'],
  // The daemon is on this machine: one clock.
  ranForMs: Date.now() - Date.parse(State.StartedAt),
  exitCode: State.ExitCode,
  isOutOfMemory: State.OOMKilled,
  ...(State.Health !== undefined && {
    health: { status: State.Health.Status, said: (State.Health.Log?.at(-1)?.Output ?? '').trim().slice(-500) },
  }),
  ports: Object.fromEntries(
    Object.entries(NetworkSettings.Ports ?? {}).flatMap(([port, bindings]) => {
      const published = bindings?.[0]?.HostPort;
      return published === undefined ? [] : [[port, Number(published)]];
    }),
  ),
});
