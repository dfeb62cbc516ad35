import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CommandEnd } from '../exit-code.ts';
import { prepareDataFolder } from './data-folder.ts';

const refusal = async (folder: string): Promise<CommandEnd> => {
  const error: unknown = await prepareDataFolder(folder).catch((thrown: unknown) => thrown);
  if (error instanceof CommandEnd) return error;
  throw new Error(`${folder} was taken`);
};

test('a folder that does not exist is made, and nothing is left in it', async () => {
  const base = await mkdtemp(join(tmpdir(), 'data-folder-'));
  try {
    const folder = join(base, 'deep', 'data');
    await prepareDataFolder(folder);
    await Promise.all([prepareDataFolder(folder), prepareDataFolder(folder), prepareDataFolder(join(base, 'other'))]);
    expect(await readdir(folder, { recursive: true })).toEqual(['runs']);
  } finally {
    await rm(base, { recursive: true });
  }
});

test('what is no folder, and what no folder can be made in, is refused by name', async () => {
  const base = await mkdtemp(join(tmpdir(), 'data-folder-'));
  try {
    const file = join(base, 'afile');
    await writeFile(file, '');
    for (const folder of [file, join(file, 'deeper'), '/dev/null', '/proc/testmesh/data']) {
      const { reason, message } = await refusal(folder);
      expect(reason).toBe('usage');
      expect(message).toMatch(/^runs cannot be kept in .*\((ENOTDIR|ENOENT|EACCES|EPERM)\b.*--data$/);
      expect(message).toContain(folder);
    }
  } finally {
    await rm(base, { recursive: true });
  }
});
