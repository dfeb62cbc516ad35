/** Runs jobs in order, at most `limit` at a time, but those that are ruled out; resolves when those begun have ended. */
export const atOnce = async (
  jobs: readonly (() => Promise<void>)[],
  limit: number,
  isRuledOut: (index: number) => boolean,
): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const index = next++;
      if (!isRuledOut(index)) await jobs[index]?.();
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, jobs.length) }, worker));
};
