/** Runs jobs in order, at most `limit` at a time, until one says to stop; resolves when those begun have ended. */
export const atOnce = async (
  jobs: readonly (() => Promise<void>)[],
  limit: number,
  isOver: () => boolean,
): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length && !isOver()) await jobs[next++]?.();
  };
  await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, worker));
};
