import type { Route } from '../http/route.ts';
import { appendRoutes } from './append-routes.ts';
import { claimRoutes } from './claim-routes.ts';
import { inputRoutes } from './input-routes.ts';
import type { ProtocolDeps } from './protocol-deps.ts';

/** Everything that site agents ask. */
export const protocolRoutes = (deps: ProtocolDeps): readonly Route[] => [
  ...claimRoutes(deps),
  ...appendRoutes(deps),
  ...inputRoutes(deps),
];
