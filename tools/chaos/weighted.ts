import type { Random } from '@testmesh/ports';

/** One of them, each as likely as its weight says; undefined when there is none. */
export const weighted = <T extends { readonly weight: number }>(all: readonly T[], random: Random): T | undefined => {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const place = random.next() * total;
  let passed = 0;
  for (const one of all) {
    passed += one.weight;
    if (place < passed) return one;
  }
  return undefined;
};
