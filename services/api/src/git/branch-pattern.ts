/**
 * Whether a branch is one of a pattern: `*` stands for a part of its name, `**` for parts with slashes in between, `?` for
 * one character. `*` alone is every branch.
 */
export const isBranchOf = (pattern: string, branch: string): boolean => {
  if (pattern === '*') return true;
  // reached[n]: what was read of the pattern may stand for the first n characters. One pass a part, however many stars.
  let reached = Array.from({ length: branch.length + 1 }, (_, at) => at === 0);
  for (const [part] of pattern.matchAll(/\*\*|[\s\S]/g)) {
    reached = part.startsWith('*') ? stretched(reached, branch, part) : advanced(reached, branch, part);
  }
  return reached[branch.length] === true;
};

const stretched = (reached: readonly boolean[], branch: string, star: string): boolean[] => {
  const next = [...reached];
  for (let at = 0; at < branch.length; at++) {
    if (next[at] === true && (star === '**' || branch[at] !== '/')) next[at + 1] = true;
  }
  return next;
};

const advanced = (reached: readonly boolean[], branch: string, part: string): boolean[] =>
  reached.map((_, at) => {
    const before = branch[at - 1];
    return reached[at - 1] === true && (part === '?' ? before !== '/' : before === part);
  });
