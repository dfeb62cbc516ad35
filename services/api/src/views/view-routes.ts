import { Problem } from '@testmesh/contracts';
import type { FeedCursor, ViewRebuild, ViewSets, ViewStore, Wakeups } from '@testmesh/ports';
import { VIEWS_TOPIC } from '@testmesh/runtime';
import * as z from 'zod';
import { instant, isoOrNull } from '../configuration/wire.ts';
import { type Caller, type Route, workspaceRoute } from '../http/route.ts';
import { DEFAULT_WORKSPACE } from '../ports.ts';

// Views are one set for all workspaces, so that only who may change the settings of the installation's own one rebuilds them.

export interface ViewDeps {
  readonly viewSets: Pick<ViewSets, 'now' | 'begin' | 'cancel'>;
  readonly views: Pick<ViewStore, 'cursor' | 'parked'>;
  /** How much of the journal lies before a place in it, from 0 to 1. */
  readonly shareRead: (cursor: FeedCursor) => Promise<number>;
  readonly wakeups: Pick<Wakeups, 'wake'>;
}

const tags = ['Views'];
const permission = 'workspace:settings' as const;
const unscoped = true as const;

const rebuildBody = z
  .object({
    set: z.string().describe('the new set'),
    replaces: z.string().describe('the set that was shown when it began'),
    phase: z
      .enum(['building', 'tidying', 'shown', 'cancelled'])
      .describe('`tidying`: it is decided, and the rows of the other set are deleted'),
    share: z.number().min(0).max(1).describe('how much of the journal is folded into the new set'),
    set_aside: z.int().describe('runs that could not be folded into it'),
    requested_by: z.string(),
    requested_at: instant,
    decided_at: instant.nullable(),
    ended_at: instant.nullable(),
  })
  .meta({ id: 'ViewRebuild' });

const viewsBody = z
  .object({ shown: z.string().describe('the set that lists and pages are read from'), rebuild: rebuildBody.nullable() })
  .meta({ id: 'Views' });

const phaseOf = ({ phase, tidiedAt }: ViewRebuild) => {
  if (phase === 'building') return phase;
  if (tidiedAt === null) return 'tidying' as const;
  return phase === 'switched' ? ('shown' as const) : phase;
};

const shownRebuild = async ({ views, shareRead }: ViewDeps, rebuild: ViewRebuild) => {
  const isBuilding = rebuild.phase === 'building';
  const [cursor, setAside] = await Promise.all([views.cursor(rebuild.projector), views.parked(rebuild.projector)]);
  return {
    set: rebuild.projector,
    replaces: rebuild.replaces,
    phase: phaseOf(rebuild),
    share: isBuilding || rebuild.phase === 'cancelled' ? await shareRead(cursor) : 1,
    set_aside: setAside.size,
    requested_by: rebuild.requestedBy,
    requested_at: new Date(rebuild.requestedAt).toISOString(),
    decided_at: isoAt(rebuild.decidedAt),
    ended_at: isoAt(rebuild.tidiedAt),
  };
};

const isoAt = (ms: number | null): string | null => isoOrNull(ms === null ? null : new Date(ms));

const demandInstallation = ({ workspace }: Caller): void => {
  if (workspace === DEFAULT_WORKSPACE) return;
  throw new Problem(
    'forbidden',
    'views belong to all workspaces of a server: use a key of its first workspace, or rebuild-views.mjs beside the services',
  );
};

const standing = async (deps: ViewDeps) => {
  const { shown, rebuild } = await deps.viewSets.now();
  return { shown, rebuild: rebuild === undefined ? null : await shownRebuild(deps, rebuild) };
};

const get = (deps: ViewDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/admin/views',
    operationId: 'getViews',
    summary: 'Which set of views is shown, and how the last rebuild stands',
    tags,
    permission,
    unscoped,
    responses: { 200: viewsBody },
    handle: async ({ caller }) => {
      demandInstallation(caller);
      return { status: 200, body: await standing(deps) };
    },
  });

const rebuild = (deps: ViewDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/admin/views/rebuild',
    operationId: 'rebuildViews',
    summary: 'Fold all views anew from the journal, beside those that are shown',
    description:
      'The projection service fills a second set and keeps the first one up meanwhile; when the new one is as far it takes its place, and the old rows are deleted. One at a time.',
    tags,
    permission,
    unscoped,
    responses: { 202: viewsBody },
    handle: async ({ caller }) => {
      demandInstallation(caller);
      if ((await deps.viewSets.begin(caller.actor)) === undefined) {
        const { rebuild: other } = await standing(deps);
        throw new Problem(
          'conflict',
          `the views are rebuilt since ${other?.requested_at} for ${other?.requested_by} (${other?.phase}): wait for it, or cancel it`,
        );
      }
      deps.wakeups.wake(VIEWS_TOPIC);
      return { status: 202, body: await standing(deps) };
    },
  });

const cancel = (deps: ViewDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/admin/views/rebuild',
    operationId: 'cancelViewRebuild',
    summary: 'Give a rebuild up: what is shown stays, and the rows of the new set are deleted',
    tags,
    permission,
    unscoped,
    responses: { 202: viewsBody },
    handle: async ({ caller }) => {
      demandInstallation(caller);
      if (!(await deps.viewSets.cancel())) {
        throw new Problem('conflict', 'no rebuild is under way that has not been decided yet');
      }
      deps.wakeups.wake(VIEWS_TOPIC);
      return { status: 202, body: await standing(deps) };
    },
  });

export const viewRoutes = (deps: ViewDeps): readonly Route[] => [get(deps), rebuild(deps), cancel(deps)];
