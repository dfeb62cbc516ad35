import type { Clock } from '@testmesh/ports';
import type {
  ApiKeyStore,
  InvitationStore,
  MemberStore,
  UserStore,
  WorkspaceRuleStore,
} from '@testmesh/store-postgres';

/** What the routes of people, invitations and limits need. */
export interface PeopleDeps {
  readonly users: UserStore;
  readonly invitations: InvitationStore;
  readonly members: MemberStore;
  readonly apiKeys: ApiKeyStore;
  readonly workspaceRules: WorkspaceRuleStore;
  readonly clock: Clock;
}
