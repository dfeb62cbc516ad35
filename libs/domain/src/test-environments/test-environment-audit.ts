import type { ConfigEventType } from '../configuration/config-record.ts';
import type { ValueMap } from '../values/value.ts';
import type { TestEnvironmentEvent, TestEnvironmentSpec } from './test-environment-event.ts';

/** A fact as the audit of the workspace keeps it, beside the environment's own stream. */
interface Audited {
  readonly type: ConfigEventType;
  readonly actor: string;
  readonly data: ValueMap;
}

/** Who asked for an environment, who for its end and why, and that it is gone. How it was used stands in its own stream alone. */
export const auditOf = (id: string, spec: TestEnvironmentSpec, event: TestEnvironmentEvent): Audited | undefined => {
  const { name, context, namespace, cluster, provider, ttlMinutes, applicationName } = spec;
  const about = { id, name, context, namespace };
  switch (event.type) {
    case 'TestEnvironmentRegistered': {
      const made = { cluster, provider, ttl_minutes: ttlMinutes };
      const data = { ...about, ...made, ...(applicationName !== undefined && { provider_app_name: applicationName }) };
      return { type: event.type, actor: event.by, data };
    }
    case 'DestroyRequested': {
      const { type, by: actor, reason, forced } = event;
      return { type, actor, data: { ...about, reason, forced } };
    }
    case 'TestEnvironmentDestroyed':
      return { type: event.type, actor: 'environments', data: about };
    default:
      return undefined;
  }
};
