/** What a key or a member may do, as `thing:verb`. A route names the one it needs. */
export const PERMISSIONS = [
  'workspace:view',
  'workspace:settings',
  'workspace:delete',
  'workspaces:create',
  'members:manage',
  'keys:manage',
  'audit:view',
  'runs:view',
  'flows:run',
  'flows:view',
  'flows:create',
  'flows:edit',
  'flows:delete',
  'environments:view',
  'environments:create',
  'environments:edit',
  'environments:delete',
  'schedules:view',
  'schedules:create',
  'schedules:edit',
  'schedules:delete',
  'collections:view',
  'collections:create',
  'collections:edit',
  'collections:delete',
  'integrations:view',
  'integrations:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

const except = (...left: readonly string[]): readonly Permission[] =>
  PERMISSIONS.filter((name) => !left.includes(name));

const viewing = PERMISSIONS.filter((name) => name.endsWith(':view') && name !== 'audit:view');

/** What each role may do. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: PERMISSIONS,
  admin: except('workspace:delete', 'workspaces:create'),
  editor: except(
    'workspace:settings',
    'workspaces:create',
    'members:manage',
    'keys:manage',
    'audit:view',
    'integrations:manage',
  ).filter((name) => !name.endsWith(':delete')),
  viewer: [...viewing, 'flows:run'],
};
