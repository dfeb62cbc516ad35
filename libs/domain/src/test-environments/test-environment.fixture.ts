import { given } from '../kernel/decider.ts';
import { testEnvironmentDecider } from './test-environment.decider.ts';
import type { TestEnvironmentEvent, TestEnvironmentSpec } from './test-environment-event.ts';
import type { LiveEnvironment } from './test-environment-state.ts';

export const MINUTE = 60_000;

export const spec: TestEnvironmentSpec = {
  name: 'PR-123 Review Environment',
  context: 'pr-123',
  cluster: 'default',
  provider: 'argocd',
  namespace: 'review-pr-123',
  applicationName: 'testmesh-pr-123',
  ttlMinutes: 60,
  readyWithinMinutes: 15,
  services: [],
  routingPolicy: {},
  settings: {},
};

export const registered: TestEnvironmentEvent = { type: 'TestEnvironmentRegistered', spec, by: 'ada', at: 0 };
export const started = (attempt = 1, deadline = 1 + 15 * MINUTE): TestEnvironmentEvent => ({
  type: 'ProvisioningStarted',
  attempt,
  deadline,
  at: 1,
});
export const failed = (error = 'too slow'): TestEnvironmentEvent => ({ type: 'ProvisioningFailed', error, at: 2 });
export const warmed = (at = 2): TestEnvironmentEvent => ({ type: 'TestEnvironmentWarmed', at });
export const sickened = (error = 'a pod is gone'): TestEnvironmentEvent => ({
  type: 'TestEnvironmentSickened',
  error,
  at: 3,
});
export const acquired = (run = 'r1', epoch = 1, at = 3): TestEnvironmentEvent => ({
  type: 'TestEnvironmentAcquired',
  run,
  epoch,
  at,
});
export const released = (run = 'r1', epoch = 1, at = 4): TestEnvironmentEvent => ({
  type: 'TestEnvironmentReleased',
  run,
  epoch,
  reason: 'the run ended',
  at,
});
export const destroyRequested = (forced = false): TestEnvironmentEvent => ({
  type: 'DestroyRequested',
  by: 'ada',
  reason: 'not needed',
  forced,
  at: 5,
});
export const destroyed: TestEnvironmentEvent = { type: 'TestEnvironmentDestroyed', at: 6 };

export const environment = given(testEnvironmentDecider);
export const ready = [registered, started(), warmed()] as const;
export const held = [...ready, acquired()] as const;

/** The state that a history leads to, for a history that does not end it. */
export const after = (...history: readonly TestEnvironmentEvent[]): LiveEnvironment => {
  const state = history.reduce(testEnvironmentDecider.evolve, testEnvironmentDecider.initial);
  if (state.status === 'absent' || state.status === 'destroyed') throw new Error(`the environment is ${state.status}`);
  return state;
};
