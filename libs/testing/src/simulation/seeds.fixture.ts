import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Two suites share the seeds that every test run simulates. */
export const SEEDS_PER_SPEC = 1000;

const worker = fileURLToPath(new URL('./seeds.worker.ts', import.meta.url));

/** What is wrong with which of the seeds. They are simulated outside of Jest's sandbox, where all of it takes twice as long. */
export const failing = (seeds: readonly number[]): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const simulating = new Worker(worker, { workerData: seeds, execArgv: [] });
    simulating.once('message', resolve);
    simulating.once('error', reject);
    simulating.once('exit', (code) => reject(new Error(`the simulation ended with code ${code} and said nothing`)));
  });
