// Argo CD's own API, with a token of an account that may get and delete Applications.
import type { ArgoApplication } from './argocd-application.ts';

export interface ArgoCdSettings {
  /** `https://argocd.example.com`; a path in front is kept. */
  readonly server: string;
  readonly token: string;
  /** The project of the Applications: Argo CD tells "not there" from "not allowed" only when it is named. */
  readonly project: string;
}

/** Argo CD did not do what was asked; the message says what it answered. */
export class ArgoCdFault extends Error {}

export class ArgoCdApi {
  readonly #settings: ArgoCdSettings;

  constructor(settings: ArgoCdSettings) {
    this.#settings = settings;
  }

  async application(name: string, signal: AbortSignal): Promise<ArgoApplication | undefined> {
    const answer = await this.#ask('GET', name, {}, signal);
    return answer === undefined ? undefined : ((await answer.json()) as ArgoApplication);
  }

  /** With everything it made: Argo CD lets the Application go only after that. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const answer = await this.#ask('DELETE', name, { cascade: 'true', propagationPolicy: 'foreground' }, signal);
    await answer?.body?.cancel();
  }

  /** `undefined` where there is no such Application. */
  async #ask(
    method: 'GET' | 'DELETE',
    name: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    const { server, token, project } = this.#settings;
    const url = new URL(`${server.replace(/\/$/, '')}/api/v1/applications/${encodeURIComponent(name)}`);
    url.search = new URLSearchParams({ project, ...query }).toString();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method, headers, signal, redirect: 'error' });
    if (answer.ok) return answer;
    const text = (await answer.text()).slice(0, 500);
    if (answer.status === 404) return undefined;
    throw new ArgoCdFault(`Argo CD answered ${method} of the Application "${name}" with ${answer.status}: ${text}`);
  }
}
