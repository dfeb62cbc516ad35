import { isDatabaseTrouble } from '@testmesh/service-kit';

const MOST_OF_A_ROUND = 200;

/**
 * Takes whatever has its turn, page by page, each once; how many went on. One that fails holds up nothing behind it, and is told of
 * at the end; while the database cannot work there is nothing to go on with. A round ends in time for those who came meanwhile.
 */
export const takeDue = async <Due extends { readonly id: string }>(
  due: (but: readonly string[]) => Promise<readonly Due[]>,
  take: (one: Due) => Promise<boolean>,
): Promise<number> => {
  const taken: string[] = [];
  const faults: unknown[] = [];
  let moved = 0;
  // What failed has its turn still: a round in which nothing else was found goes on behind it.
  const isEnough = (): boolean => moved > 0 && taken.length >= MOST_OF_A_ROUND;
  for (let page = await due(taken); page.length > 0; page = isEnough() ? [] : await due(taken)) {
    for (const one of page) {
      taken.push(one.id);
      try {
        if (await take(one)) moved += 1;
      } catch (fault) {
        if (isDatabaseTrouble(fault)) throw fault;
        faults.push(fault);
      }
    }
  }
  throwAll(faults);
  return moved;
};

const throwAll = (faults: readonly unknown[]): void => {
  if (faults.length > 1)
    throw new AggregateError(faults, `${faults.length} of them failed, first: ${String(faults[0])}`);
  if (faults.length === 1) throw faults[0];
};
