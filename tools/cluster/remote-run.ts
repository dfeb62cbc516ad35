import { createClient, follow } from '@testmesh/client';
import type { Cluster } from './vocabulary.ts';

// A run as a remote client sees it: asked for at one API, followed at another while it happens.

export interface RemoteRun {
  readonly id: string;
  readonly verdict: string;
  readonly events: number;
  /** Milliseconds from when the journal had an event until the client had it; of the slowest one. */
  readonly slowestEventMs: number;
  readonly tookMs: number;
}

export interface RemoteRunOptions {
  readonly definition: string;
  readonly askAt: string;
  /** Another replica, or the same. */
  readonly followAt: string;
}

export const runRemotely = async (
  { key }: Pick<Cluster, 'key'>,
  { definition, askAt, followAt }: RemoteRunOptions,
): Promise<RemoteRun> => {
  const begun = performance.now();
  const { data } = await createClient({ url: askAt, apiKey: key }).POST('/api/v1/executions', { body: { definition } });
  if (data === undefined) throw new Error('the API accepted a run and did not say which');
  let [events, slowestEventMs, verdict] = [0, 0, ''];
  for await (const event of follow({ url: followAt, apiKey: key, runId: data.id })) {
    const { recorded_at } = event as unknown as { readonly recorded_at: string };
    events += 1;
    slowestEventMs = Math.max(slowestEventMs, Date.now() - Date.parse(recorded_at));
    if (event.type === 'RunCompleted') verdict = String(event.data['verdict']);
  }
  return { id: data.id, verdict, events, slowestEventMs, tookMs: Math.round(performance.now() - begun) };
};

/** A flow of so many steps, with a pause between them. */
export const pausingFlow = (name: string, steps: number, pauseMs: number): string => {
  const step = (number: number): string =>
    `    - { id: s${number}, action: log, config: { message: "${number}" }, assert: ['message == "${number}"'] }\n` +
    `    - { id: p${number}, action: delay, config: { duration: ${pauseMs}ms } }\n`;
  return `flow:\n  name: ${name}\n  steps:\n${Array.from({ length: steps }, (_, at) => step(at + 1)).join('')}`;
};
