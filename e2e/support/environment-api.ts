// What a test asks of a server about its runs and test environments, and waits for.

export type Body = Readonly<Record<string, unknown>>;

export const until = async <Result>(ask: () => Promise<Result>, isIt: (result: Result) => boolean): Promise<Result> => {
  for (let round = 0; round < 1200; round++) {
    const result = await ask();
    if (isIt(result)) return result;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it did not come to that in a minute: ${JSON.stringify(await ask())}`);
};

/** A server that asks nobody for a key. */
export const environmentApi = (url: () => string) => {
  const api = async (path: string, method = 'GET', body?: unknown): Promise<Body> => {
    const response = await fetch(`${url()}/api/v1${path}`, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    return (await response.json()) as Body;
  };
  const environments = async (): Promise<readonly Body[]> =>
    (await api('/test-environments'))['environments'] as readonly Body[];
  return {
    api,
    environments,
    /** The newest. */
    environment: async (): Promise<Body> => (await environments())[0] ?? {},
    ended: (id: unknown): Promise<Body> =>
      until(
        () => api(`/executions/${id}`),
        ({ state }) => state === 'finished',
      ),
  };
};

/** As it is printed in the product's description. */
export const PRINTED = {
  name: 'PR-123 Review Environment',
  context: 'pr-123',
  provider: 'argocd',
  provider_app_name: 'testmesh-pr-123',
  namespace: 'review-pr-123',
  ttl_minutes: 60,
  services: ['user-service', 'product-service'].map((name) => ({
    ...{ name, image: `myrepo/${name}:pr-123`, repo: `github.com/org/${name}`, source_ref: 'pr-123' },
  })),
};
