import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a folder and those above it. Node's own recursive way never ends where a file system makes no folders, such as /proc. */
export const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT') throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder).catch(unlessThere);
  }
};

// Another process may make the same folder at the same time.
const unlessThere = (error: unknown): void => {
  if (codeOf(error) !== 'EEXIST') throw error;
};

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
