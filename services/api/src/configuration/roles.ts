import { Problem } from '@testmesh/contracts';
import { type Permission, ROLE_PERMISSIONS, ROLES, type Role } from '../access/permissions.ts';
import type { Caller } from '../http/route.ts';

const isWithin = (permissions: readonly Permission[], { permissions: held }: Caller): boolean =>
  permissions.every((permission) => held.has(permission));

/** The strongest role that a caller's permissions make up; null for a key with less than a viewer's. */
export const roleOf = (caller: Caller): Role | null =>
  ROLES.find((role) => isWithin(ROLE_PERMISSIONS[role], caller)) ?? null;

/** Nobody gives away more than they have. */
export const demandAll = (caller: Caller, permissions: readonly Permission[], what: string): void => {
  const lacking = permissions.filter((permission) => !caller.permissions.has(permission));
  if (lacking.length > 0) throw new Problem('forbidden', `${what} may do what the key may not: ${lacking.join(', ')}`);
};
