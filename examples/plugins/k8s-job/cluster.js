// @ts-check
import { readFile } from 'node:fs/promises';

/** @typedef {import('@kubernetes/client-node')} Kubernetes */
/** @typedef {{ kubeconfig?: string | undefined, context?: string | undefined, namespace?: string | undefined }} Where */

/**
 * The parts of the Kubernetes API that the actions need. The client is large: it is loaded by the first step that needs it.
 * @param {Where} where
 */
export const clusterOf = async ({ kubeconfig, context, namespace }) => {
  const { BatchV1Api, CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromString(await readFile(kubeconfig, 'utf8'));
  if (context !== undefined) config.setCurrentContext(context);
  return {
    batch: config.makeApiClient(BatchV1Api),
    core: config.makeApiClient(CoreV1Api),
    namespace: namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
  };
};

/** @typedef {Awaited<ReturnType<typeof clusterOf>>} Cluster */

/**
 * What the API server said, as an outcome: `K8S_403` and its own sentence. Anything else is thrown on.
 * @param {unknown} error
 * @param {string} doing
 * @returns {import('@testmesh/action-kit').ActionOutcome}
 */
export const refusal = (error, doing) => {
  const { code, body } = /** @type {{ code?: unknown, body?: unknown }} */ (error);
  if (typeof code !== 'number') throw error;
  return { kind: 'not-carried-out', code: `K8S_${code}`, reason: `${doing}: ${messageIn(body)}` };
};

/** @param {unknown} body */
const messageIn = (body) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text;
  }
};

/** @param {unknown} error */
export const isGone = (error) => /** @type {{ code?: unknown }} */ (error)?.code === 404;
