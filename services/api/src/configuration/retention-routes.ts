import * as z from 'zod';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { ConfigurationDeps } from './deps.ts';
import { accepted } from './refusals.ts';
import { IF_MATCH } from './wire.ts';

const tags = ['Workspaces'];

const retention = z
  .strictObject({
    runs_days: z
      .int()
      .min(1)
      .max(3650)
      .nullable()
      .describe('days after which runs leave the lists and move to the archive; null keeps them for ever'),
  })
  .meta({ id: 'Retention' });

const get = ({ retention: store }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/settings/retention',
    operationId: 'getRetention',
    summary: 'How long runs are kept',
    tags,
    permission: 'workspace:view',
    responses: { 200: retention },
    handle: async ({ caller: { workspace } }) => {
      const { runsDays, version } = await store.of(workspace);
      return { status: 200, headers: { etag: etagOf(version) }, body: { runs_days: runsDays } };
    },
  });

const put = ({ retention: store }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/settings/retention',
    operationId: 'changeRetention',
    summary: 'Change how long runs are kept',
    description: 'A run that moved to the archive can still be shown and audited by its id.',
    tags,
    permission: 'workspace:settings',
    headers: [IF_MATCH],
    body: retention,
    example: { runs_days: 90 },
    responses: { 200: retention },
    handle: async ({ body, caller, headers }) => {
      const change = { runsDays: body.runs_days, seen: requiredVersion(headers) };
      const { runsDays, version } = accepted(await store.change(caller, change));
      return { status: 200, headers: { etag: etagOf(version) }, body: { runs_days: runsDays } };
    },
  });

export const retentionRoutes = (deps: ConfigurationDeps): readonly Route[] => [get(deps), put(deps)];
