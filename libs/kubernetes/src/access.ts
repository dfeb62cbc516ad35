// How a cluster is reached and who asks. The client library knows every way to say so; it is asked again now and then, because
// tokens and certificates are renewed under a process that lives long. It is large, and loaded only when a cluster is asked.
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';

/** A kubeconfig and one of its contexts; without any the service account of the pod this runs in. */
export interface KubernetesSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface Credentials {
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher?: Dispatcher;
}

const RENEW_MS = 300_000;

export class Access {
  readonly #settings: KubernetesSettings;
  #held: { readonly credentials: Promise<Credentials>; readonly untilMs: number } | undefined;

  constructor(settings: KubernetesSettings) {
    this.#settings = settings;
  }

  /** One set for many requests: each has a pool of connections of its own. */
  credentials(): Promise<Credentials> {
    if (this.#held === undefined || this.#held.untilMs < performance.now()) {
      this.renew();
      const credentials = this.#read();
      this.#held = { credentials, untilMs: performance.now() + RENEW_MS };
      void credentials.catch(() => this.renew()); // told to who asked; the next one tries again
    }
    return this.#held.credentials;
  }

  /** The next request reads them anew. What runs on the old ones ends in peace. */
  renew(): void {
    const old = this.#held;
    this.#held = undefined;
    void old?.credentials.then(({ dispatcher }) => dispatcher?.close()).catch(() => undefined); // it never was usable
  }

  async #read(): Promise<Credentials> {
    const { HttpMethod, RequestContext } = await import('@kubernetes/client-node');
    const config = await configOf(this.#settings);
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error(`the kubeconfig ${this.#settings.kubeconfig} names no cluster to ask`);
    const server = cluster.server.replace(/\/$/, '');
    const context = new RequestContext(server, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    return { server, headers: context.getHeaders(), ...(dispatcher && { dispatcher }) };
  }
}

const configOf = async ({ kubeconfig, context }: KubernetesSettings): Promise<KubeConfig> => {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
  else if (process.env['KUBERNETES_SERVICE_HOST']) config.loadFromCluster();
  else throw new Error('this process runs in no pod, and no kubeconfig was named');
  if (context === undefined) return config;
  const known = config.getContexts().map(({ name }) => name);
  if (!known.includes(context))
    throw new Error(`the kubeconfig ${kubeconfig} has no context "${context}"; it has ${known.join(', ')}`);
  config.setCurrentContext(context);
  return config;
};
