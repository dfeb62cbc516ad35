import { Refused, type RemoteRuns, type Transport } from '@testmesh/journal-remote';

// What a process tells of itself. Nobody can come and ask: it has no port.

const EVERY_MS = 15_000;

type Appending = Pick<RemoteRuns, 'appendMany' | 'read'>;

/** Runs that ended here, by verdict, since the process started. */
export class EndedRuns {
  readonly byVerdict: Record<string, number> = {};

  /** The same journal, with an eye on the last events that it takes. */
  counting({ read, appendMany }: Appending): Appending {
    return {
      read,
      appendMany: async (batches) => {
        const results = await appendMany(batches);
        for (const [at, { outcome }] of results.entries()) {
          const last = batches[at]?.events.at(-1);
          if (outcome === 'applied' && last?.type === 'RunCompleted') this.#count(String(last.data['verdict']));
        }
        return results;
      },
    };
  }

  #count(verdict: string): void {
    this.byVerdict[verdict] = (this.byVerdict[verdict] ?? 0) + 1;
  }
}

export interface Figures {
  readonly startedAt: number;
  readonly slots: number;
  readonly busy: () => number;
  readonly ended: EndedRuns;
}

/** Tells the server now and again, until it is closed; an older server that does not want to know is left alone. */
export const tellFigures = (transport: Transport, { startedAt, slots, busy, ended }: Figures): Disposable => {
  const tell = async (): Promise<void> => {
    const { requests, failed } = transport.counts;
    const body = {
      ...{ started_at: startedAt, slots, busy: busy(), runs_ended: ended.byVerdict },
      ...{ requests, requests_failed: failed, memory_bytes: process.memoryUsage.rss() },
    };
    try {
      await transport.ask({ method: 'POST', path: '/api/v1/agent/figures', body, retryForMs: 0 });
    } catch (error) {
      // What could not be told is told with the next figures; whether the server is there, the transport says.
      if (error instanceof Refused) clearInterval(timer);
    }
  };
  const timer = setInterval(() => void tell(), EVERY_MS);
  void tell();
  return { [Symbol.dispose]: () => clearInterval(timer) };
};
