import { open } from 'node:fs/promises';

/** Makes the names in a folder durable: a new or renamed file is on the disk only once its folder is. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
