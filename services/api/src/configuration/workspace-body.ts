import type { ValueMap } from '@testmesh/domain';
import type { Workspace, WorkspaceContent } from '@testmesh/store-postgres';
import * as z from 'zod';
import { description, instant, json, thingName } from './wire.ts';

const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a slug has small letters, digits and dashes');

export const workspaceRequest = z
  .strictObject({
    name: thingName,
    slug: slug.optional().describe('made from the name where it is not given'),
    description,
    type: z.enum(['personal', 'team']).default('team'),
    settings: z.record(z.string(), json).default({}),
  })
  .meta({ id: 'WorkspaceRequest' });
type WorkspaceRequest = z.output<typeof workspaceRequest>;

export const workspaceBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    slug: z.string(),
    description: z.string(),
    type: z.enum(['personal', 'team']),
    settings: z.record(z.string(), json),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Workspace' });

export const contentOf = ({ settings, slug: given, ...rest }: WorkspaceRequest): WorkspaceContent => ({
  ...rest,
  slug: given ?? slugOf(rest.name),
  settings: settings as ValueMap,
});

const slugOf = (name: string): string => {
  const made = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return made === '' ? 'workspace' : made;
};

export const workspaceOf = (workspace: Workspace) => ({
  id: workspace.id,
  name: workspace.name,
  slug: workspace.slug,
  description: workspace.description,
  type: workspace.type,
  settings: workspace.settings,
  version: workspace.version,
  created_at: workspace.createdAt.toISOString(),
  updated_at: workspace.updatedAt.toISOString(),
});
