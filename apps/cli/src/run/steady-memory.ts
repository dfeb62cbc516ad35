import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap's nursery at the size that reading the flows gave it. Left alone it grows with every wave of short-lived
 * responses, to a multiple of what a run holds; V8 reads this factor anew each time it would grow.
 */
export const holdNursery = (): void => setFlagsFromString('--semi-space-growth-factor=1');
