export { isApiKey, keyHash, keyPrefix, type NewKey, newApiKey } from './access/api-key.ts';
export { PERMISSIONS, type Permission, ROLE_PERMISSIONS, ROLES, type Role } from './access/permissions.ts';
export { agentRoutes } from './agents/agent-routes.ts';
export { coverageRoutes } from './analytics/coverage-routes.ts';
export { configurationRoutes } from './configuration/configuration-routes.ts';
export type { ConfigurationDeps } from './configuration/deps.ts';
export { configurationDeps } from './configuration/deps-from-storage.ts';
export { type ApiDeps, allRoutes, createApi } from './create-api.ts';
export { edgeSettings } from './edge-settings.ts';
export { firstKey } from './first-key.ts';
export { type ApiSettings, apiFromStorage } from './from-storage.ts';
export { buildGraphSchema, printedSchema } from './graphql/build-schema.ts';
export { createMetrics, type Metrics } from './health/metrics.ts';
export { etagOf, requiredVersion } from './http/conditional.ts';
export { type OpenApi, openApi } from './http/openapi.ts';
export { type Caller, publicRoute, type Route, type RouteAnswer, workspaceRoute } from './http/route.ts';
export {
  type AccessStore,
  DEFAULT_WORKSPACE,
  type Health,
  type LiveFeed,
  type RunFilter,
  type RunPage,
  type RunPageRequest,
  type RunViews,
  type StoredKey,
} from './ports.ts';
export type { RunDeps } from './runs/deps.ts';
export { viewRoutes } from './views/view-routes.ts';
