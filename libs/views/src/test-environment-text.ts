import type { TestEnvironmentEvent } from '@testmesh/domain';

/** What happened to a test environment, as one sentence for people. */
export const testEnvironmentText = (event: TestEnvironmentEvent): string => {
  switch (event.type) {
    case 'TestEnvironmentRegistered': {
      const { name, context, namespace } = event.spec;
      return `${event.by} asked for "${name}" (${context}) in the namespace ${namespace}`;
    }
    case 'ProvisioningStarted':
      return event.attempt === 1
        ? 'provisioning began'
        : `provisioning began again, for the ${ordinal(event.attempt)} time`;
    case 'ResourcesBound':
      return `found in the cluster: ${event.resources.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
    case 'ProvisioningFailed':
      return `provisioning failed: ${event.error}`;
    case 'TestEnvironmentWarmed':
      return 'it is ready';
    case 'TestEnvironmentSickened':
      return `it is not well: ${event.error}`;
    case 'TestEnvironmentAcquired':
      return `the run ${event.run} uses it`;
    case 'TestEnvironmentReleased':
      return `the run ${event.run} uses it no more: ${event.reason}`;
    case 'DestroyRequested':
      return `${event.by} asked for its end${event.forced ? ' by force' : ''}: ${event.reason}`;
    case 'DestroyHindered':
      return `something keeps it from going: ${event.error}`;
    case 'TestEnvironmentDestroyed':
      return 'it is destroyed';
  }
};

const ordinal = (count: number): string => {
  const words = ['second', 'third', 'fourth', 'fifth'];
  return words[count - 2] ?? `${count}th`;
};
