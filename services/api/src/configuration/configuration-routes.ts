import { bulkRoutes } from '../bulk/bulk-routes.ts';
import { datasetAgainRoutes } from '../datasets/dataset-again-routes.ts';
import { datasetRoutes } from '../datasets/dataset-routes.ts';
import { datasetRunRoutes } from '../datasets/dataset-run-routes.ts';
import { gateRoutes } from '../gates/gate-routes.ts';
import { gitRuleRoutes } from '../git/rule-routes.ts';
import { webhookRoutes } from '../git/webhook-routes.ts';
import type { Route } from '../http/route.ts';
import { importRoutes } from '../imports/import-routes.ts';
import { channelRoutes } from '../notifications/channel-routes.ts';
import { notificationRoutes } from '../notifications/notification-routes.ts';
import { invitationRoutes } from '../people/invitation-routes.ts';
import { ruleRoutes } from '../people/rule-routes.ts';
import { sessionRoutes } from '../people/session-routes.ts';
import { runnerRoutes } from '../runner/runner-routes.ts';
import { testEnvironmentRoutes } from '../test-environments/test-environment-routes.ts';
import { auditRoutes } from './audit-routes.ts';
import type { ConfigurationDeps } from './deps.ts';
import { environmentRoutes } from './environment-routes.ts';
import { flowRoutes } from './flow-routes.ts';
import { keyRoutes } from './key-routes.ts';
import { memberRoutes } from './member-routes.ts';
import { doneOnce } from './once.ts';
import { retentionRoutes } from './retention-routes.ts';
import { scheduleRoutes } from './schedule-routes.ts';
import { scheduleRunRoutes } from './schedule-run-routes.ts';
import { suiteAgainRoutes } from './suite-again-routes.ts';
import { suiteRoutes } from './suite-routes.ts';
import { workspaceRoutes } from './workspace-routes.ts';

/** Everything that is kept as rows, for `ApiDeps.routes`. */
export const configurationRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [
    ...workspaceRoutes(deps),
    ...memberRoutes(deps),
    ...keyRoutes(deps),
    ...flowRoutes(deps),
    ...bulkRoutes(deps),
    ...importRoutes(deps),
    ...gitRuleRoutes(deps),
    ...webhookRoutes(deps),
    ...environmentRoutes(deps),
    ...testEnvironmentRoutes(deps),
    ...suiteRoutes(deps),
    ...suiteAgainRoutes(deps),
    ...gateRoutes(deps),
    ...scheduleRunRoutes(deps),
    ...scheduleRoutes(deps),
    ...notificationRoutes(deps),
    ...channelRoutes(deps),
    ...datasetRoutes(deps),
    ...datasetRunRoutes(deps),
    ...runnerRoutes(deps),
    ...datasetAgainRoutes(deps),
    ...retentionRoutes(deps),
    ...auditRoutes(deps),
    ...sessionRoutes(deps),
    ...invitationRoutes(deps),
    ...ruleRoutes(deps),
  ].map((route) => doneOnce(route, deps));
