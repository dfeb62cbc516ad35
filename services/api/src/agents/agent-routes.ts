import { doneOnce, type OnceDeps } from '../configuration/once.ts';
import type { Route } from '../http/route.ts';
import { appendRoutes } from './append-routes.ts';
import { claimRoutes } from './claim-routes.ts';
import { environmentRoutes } from './environment-routes.ts';
import { figureRoutes } from './figure-routes.ts';
import { inputRoutes } from './input-routes.ts';
import type { ProtocolDeps } from './protocol-deps.ts';
import { type SiteAgentDeps, siteAgentRoutes } from './site-agent-routes.ts';

/** Everything that site agents ask. */
export const protocolRoutes = (deps: ProtocolDeps): readonly Route[] => [
  ...claimRoutes(deps),
  ...appendRoutes(deps),
  ...inputRoutes(deps),
  ...environmentRoutes(deps),
  ...figureRoutes(deps),
];

/** Site agents as people keep them, and what they ask. */
export const agentRoutes = (deps: SiteAgentDeps & ProtocolDeps & OnceDeps): readonly Route[] => [
  ...siteAgentRoutes(deps).map((route) => doneOnce(route, deps)),
  ...protocolRoutes(deps),
];
