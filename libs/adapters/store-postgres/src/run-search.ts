// The words that runs are looked for by. Under the index PostgreSQL takes up every run that has a word, however many they are,
// so of several words only the rarest is looked for there and the others in what it finds: which one is rare its planner knows.
import type pg from 'pg';

/** Words that are compared; of more the longest, which are seldom the common ones. */
const MOST_COMPARED = 4;

type Plan = readonly [{ readonly Plan: { readonly 'Plan Rows': number } }];

/** Every word of a text as a search, each as the beginning of one: `plac ord` finds `place_order`. The rarest comes first. */
export const searchedWords = async (pool: pg.Pool, text: string): Promise<readonly string[]> => {
  const words = [...new Set(text.match(/[\p{L}\p{N}]+/gu) ?? [])].map((word) => `${word}:*`);
  if (words.length < 2) return words;
  const compared = words.toSorted((a, b) => b.length - a.length).slice(0, MOST_COMPARED);
  const counts = await Promise.all(compared.map((word) => estimated(pool, word)));
  const rarest = compared[counts.indexOf(Math.min(...counts))] ?? '';
  return [rarest, ...words.filter((word) => word !== rarest)];
};

/** How many runs the planner expects to have it; looks at no run. */
const estimated = async (pool: pg.Pool, word: string): Promise<number> => {
  const { rows } = await pool.query<{ 'QUERY PLAN': Plan }>(
    `explain (format json) select from testmesh.run_view where search @@ to_tsquery('simple', $1)`,
    [word],
  );
  return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
};
