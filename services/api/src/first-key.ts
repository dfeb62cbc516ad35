import type { Storage } from '@testmesh/service-kit';
import { ROLE_PERMISSIONS } from './access/permissions.ts';
import { DEFAULT_WORKSPACE } from './ports.ts';

/** The key of a new installation, which may do what an admin may and make workspaces; nothing when there is a key already. */
export const firstKey = async (storage: Pick<Storage, 'workspaces' | 'apiKeys'>): Promise<string | undefined> => {
  await storage.workspaces.ensureDefault();
  const { total } = await storage.apiKeys.list(DEFAULT_WORKSPACE, { limit: 1, offset: 0 });
  if (total > 0) return undefined;
  const made = await storage.apiKeys.create(
    { workspace: DEFAULT_WORKSPACE, actor: 'installation' },
    { name: 'first key', permissions: [...ROLE_PERMISSIONS.admin, 'workspaces:create'] },
  );
  if (!made.ok) throw new Error(`the first API key could not be made: ${made.refusal}`);
  return made.value.text;
};
