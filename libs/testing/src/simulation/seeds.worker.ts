// Simulates the seeds that it is given, and tells what is wrong with which of them.
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './index.ts';

const found: string[] = [];
for (const seed of workerData as readonly number[]) {
  const { violations } = await simulate(seed);
  if (violations.length > 0) found.push(`seed ${seed}: ${violations.join('; ')}`);
}
parentPort?.postMessage(found);
