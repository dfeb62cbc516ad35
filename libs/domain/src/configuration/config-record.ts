import { type Upcasters, upcasting } from '../kernel/upcasting.ts';
import type { RecordedEvent } from '../runs/envelope.ts';
import type { ValueMap } from '../values/value.ts';

// Every change of configuration that a workspace's stream `config-…` tells of, and of its test environments what concerns
// their makers. golden/ keeps every version of each beside this file.
const upcasters = {
  ApiKeyCreated: [],
  ApiKeyRevoked: [],
  DatasetCreated: [],
  DatasetUpdated: [],
  DatasetDeleted: [],
  EnvironmentCreated: [],
  EnvironmentUpdated: [],
  EnvironmentDeleted: [],
  EnvironmentMadeDefault: [],
  EnvironmentReencrypted: [],
  FlowCreated: [],
  FlowUpdated: [],
  FlowDeleted: [],
  GitTriggerRuleCreated: [],
  GitTriggerRuleUpdated: [],
  GitTriggerRuleDeleted: [],
  MemberInvited: [],
  InvitationRevoked: [],
  InvitationAccepted: [],
  MemberAdded: [],
  MemberRoleChanged: [],
  MemberRemoved: [],
  NotificationChannelCreated: [],
  NotificationChannelUpdated: [],
  NotificationChannelDeleted: [],
  OutboundRulesChanged: [],
  WorkspaceLimitsChanged: [],
  RetentionChanged: [],
  ScheduleCreated: [],
  ScheduleUpdated: [],
  ScheduleDeleted: [],
  SiteAgentCreated: [],
  SiteAgentTokenRotated: [],
  SiteAgentRevoked: [],
  SuiteCreated: [],
  SuiteUpdated: [],
  SuiteDeleted: [],
  WorkspaceCreated: [],
  WorkspaceUpdated: [],
  WorkspaceDeleted: [],
  TestEnvironmentRegistered: [],
  DestroyRequested: [],
  TestEnvironmentDestroyed: [],
} satisfies Upcasters<string>;

export type ConfigEventType = keyof typeof upcasters;

const configEvents = upcasting<ConfigEventType>(upcasters);

/** Every type of a change of configuration. */
export const CONFIG_EVENT_TYPES = Object.keys(upcasters) as readonly ConfigEventType[];

/** Schema version under which a change of configuration is written today. */
export const configEventVersion: (type: ConfigEventType) => number = configEvents.version;

/** What a change tells, whichever version wrote it. Throws `NewerEvent` for what only a newer process knows. */
export const configEventData = (recorded: Pick<RecordedEvent, 'type' | 'sv' | 'data'>): ValueMap =>
  configEvents.current(recorded);
