/** The candidate a person most likely meant, or undefined when none is near. */
export const suggest = (name: string, candidates: Iterable<string>): string | undefined => {
  const wanted = fold(name);
  // One slip in a short word, up to three in a long one.
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(wanted.length / 3)) + 1;
  if (wanted.length === 2) bestDistance = 2;
  for (const candidate of candidates) {
    if (candidate === name) continue;
    const distance = editDistance(wanted, fold(candidate), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
};

/** The text behind a caret: "did you mean `user_id`?", or nothing when no candidate is near. */
export const didYouMean = (name: string, candidates: Iterable<string>): { suggestion?: string } => {
  const nearest = suggest(name, candidates);
  return nearest === undefined ? {} : { suggestion: `did you mean \`${nearest}\`?` };
};

// `userId`, `user-id` and `User_ID` are the same slip away from `user_id`.
const fold = (name: string): string => name.toLowerCase().replace(/[-_]/g, '');

/** Damerau-Levenshtein (adjacent swaps count once); gives up at `limit`. */
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(at(previous, column) + 1, at(current, column - 1) + 1, at(previous, column - 1) + +!same);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, at(beforePrevious, column - 2) + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= limit) return limit;
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
};

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;
