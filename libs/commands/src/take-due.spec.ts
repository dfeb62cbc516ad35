import { expect, test } from '@jest/globals';
import { takeDue } from './take-due.ts';

/** Pages of two, of those that were not taken yet. */
const pagesOf = (ids: readonly string[]) => (but: readonly string[]) =>
  Promise.resolve(
    ids
      .filter((id) => !but.includes(id))
      .slice(0, 2)
      .map((id) => ({ id })),
  );

test('it goes on through every page, and says how many went on', async () => {
  const taken: string[] = [];
  const moved = await takeDue(pagesOf(['a', 'b', 'c', 'd', 'e']), async ({ id }) => {
    taken.push(id);
    return id !== 'c';
  });
  expect([taken, moved]).toEqual([['a', 'b', 'c', 'd', 'e'], 4]);
});

test('those that fail hold up nobody behind them, and are told of at the end', async () => {
  const taken: string[] = [];
  const round = (failing: readonly string[]) =>
    takeDue(pagesOf(['a', 'b', 'c']), async ({ id }) => {
      if (failing.includes(id)) throw new Error(`${id} cannot be read`);
      taken.push(id);
      return true;
    });
  await expect(round(['a'])).rejects.toThrow('a cannot be read');
  await expect(round(['a', 'b'])).rejects.toThrow('2 of them failed, first: Error: a cannot be read');
  expect(taken).toEqual(['b', 'c', 'c']);
});

test('while the database cannot work nothing further is tried', async () => {
  const tried: string[] = [];
  const gone = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const round = takeDue(pagesOf(['a', 'b', 'c']), async ({ id }) => {
    tried.push(id);
    throw gone;
  });
  await expect(round).rejects.toBe(gone);
  expect(tried).toEqual(['a']);
});

test('a round is short, but goes on behind however many fail', async () => {
  const ids = Array.from({ length: 700 }, (_, at) => `${at}`);
  const round = (failing: number) => {
    const taken: string[] = [];
    const done = takeDue(pagesOf(ids), async ({ id }) => {
      taken.push(id);
      if (Number(id) < failing) throw new Error(`${id} cannot be read`);
      return true;
    });
    return done.catch(() => 0).then(() => taken.length);
  };
  expect([await round(0), await round(500)]).toEqual([200, 502]);
});
