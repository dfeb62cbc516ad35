import { request } from 'node:http';
import { notYet, type Probe, READY } from './probe.ts';

const PATIENCE_MS = 5000;

/** An address that answers with one of the statuses. */
export const httpProbe = (url: string, statuses: readonly number[]): Probe => ({
  what: `${url} to answer ${statuses.join(' or ')}`,
  look: (signal) =>
    new Promise((resolve, reject) => {
      const limit = AbortSignal.timeout(PATIENCE_MS);
      const call = request(url, { agent: false, signal: AbortSignal.any([signal, limit]) }, (answer) => {
        answer.destroy();
        const status = answer.statusCode ?? 0;
        resolve(statuses.includes(status) ? READY : notYet(`it answered ${status}`));
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        if (signal.aborted) reject(signal.reason);
        else resolve(notYet(limit.aborted ? 'no answer' : `the connection failed (${error.code ?? error.message})`));
      });
      call.end();
    }),
});
