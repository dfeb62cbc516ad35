export { type ApiClient, ApiProblem, type ClientSettings, createClient, Unreachable } from './client.ts';
export { type FollowedEvent, follow } from './follow.ts';
export type { components } from './schema.ts';
