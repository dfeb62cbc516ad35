import { describe, expect, test } from '@jest/globals';
import { accept, refuse } from '../kernel/decider.ts';
import {
  acquired,
  after,
  destroyed,
  destroyRequested,
  environment,
  failed,
  held,
  MINUTE,
  ready,
  registered,
  released,
  sickened,
  spec,
  started,
  warmed,
} from './test-environment.fixture.ts';
import type { TestEnvironmentEvent } from './test-environment-event.ts';
import type { TestEnvironmentCommand } from './test-environment-state.ts';

const acquire = (run = 'r2', now = 10): TestEnvironmentCommand => ({ type: 'AcquireTestEnvironment', run, now });
const destroy = (force = false): TestEnvironmentCommand => ({
  ...{ type: 'RequestDestroy', by: 'ada', reason: 'not needed', force, now: 5 },
});
const expire = (now: number): TestEnvironmentCommand => ({ type: 'ExpireTestEnvironment', now });
const complete: TestEnvironmentCommand = { type: 'CompleteDestroy', now: 6 };
const pod = (uid: string) => ({ kind: 'Namespace', name: 'review-pr-123', uid });

describe('a test environment', () => {
  test('is registered once, cold', () => {
    const register: TestEnvironmentCommand = { type: 'RegisterTestEnvironment', spec, by: 'ada', now: 0 };
    expect(environment().when(register)).toEqual(accept(registered));
    expect(environment(registered).when(register)).toEqual(refuse('TestEnvironmentAlreadyRegistered'));
    expect(after(registered)).toMatchObject({ status: 'cold', attempts: 0, epoch: 0, lastUsedAt: 0 });
  });

  test('is made ready from cold, and counts how often', () => {
    const start: TestEnvironmentCommand = { type: 'StartProvisioning', now: 1 };
    expect(environment(registered).when(start)).toEqual(accept(started()));
    expect(environment(registered, started()).when(start)).toEqual(refuse('TestEnvironmentNotCold'));
    expect(environment(registered, destroyRequested()).when(start)).toEqual(refuse('TestEnvironmentBeingDestroyed'));
  });

  test('T5: returns to cold with its error when that fails, and may be tried again', () => {
    const fail: TestEnvironmentCommand = { type: 'FailProvisioning', error: 'too slow', now: 2 };
    expect(environment(registered, started()).when(fail)).toEqual(accept(failed()));
    expect(environment(registered).when(fail)).toEqual(refuse('TestEnvironmentNotProvisioning'));
    expect(after(registered, started(), failed())).toMatchObject({ status: 'cold', error: 'too slow' });
    const start: TestEnvironmentCommand = { type: 'StartProvisioning', now: 1 };
    expect(environment(registered, started(), failed()).when(start)).toEqual(accept(started(2)));
    expect(after(registered, started(), failed(), started(2))).not.toHaveProperty('error');
  });

  test('T6: owns what it saw first under a name, and nothing that was made anew under it', () => {
    const bind = (...resources: ReturnType<typeof pod>[]): TestEnvironmentCommand => ({
      ...{ type: 'BindResources', resources, now: 2 },
    });
    const bound: TestEnvironmentEvent = { type: 'ResourcesBound', resources: [pod('u1')], at: 2 };
    expect(environment(registered, started()).when(bind(pod('u1')))).toEqual(accept(bound));
    expect(environment(registered, started(), bound).when(bind(pod('u1')))).toEqual(refuse('NothingChanged'));
    expect(environment(registered, started(), bound).when(bind(pod('u2')))).toEqual(refuse('ResourceReplaced'));
    expect(environment(...ready).when(bind(pod('u1')))).toEqual(refuse('TestEnvironmentNotProvisioning'));
    expect(after(registered, started(), bound, warmed(), acquired()).resources).toEqual([pod('u1')]);
  });
});

describe('a run', () => {
  test('T1: is given an environment that is warm or cooling, under the next epoch', () => {
    expect(environment(...ready).when(acquire())).toEqual(accept(acquired('r2', 1, 10)));
    expect(environment(...held, released()).when(acquire())).toEqual(accept(acquired('r2', 2, 10)));
  });

  test('T1: is refused an environment that is held, not ready, sick, expired or on its way out', () => {
    expect(environment(...held).when(acquire())).toEqual(refuse('TestEnvironmentHeld'));
    expect(environment(registered).when(acquire())).toEqual(refuse('TestEnvironmentNotReady'));
    expect(environment(registered, started()).when(acquire())).toEqual(refuse('TestEnvironmentNotReady'));
    expect(environment(...ready, sickened()).when(acquire())).toEqual(refuse('TestEnvironmentSick'));
    expect(environment(...ready).when(acquire('r2', 3 + 60 * MINUTE))).toEqual(refuse('TestEnvironmentExpired'));
    expect(environment(...ready, destroyRequested()).when(acquire())).toEqual(refuse('TestEnvironmentBeingDestroyed'));
    expect(environment().when(acquire())).toEqual(refuse('TestEnvironmentNotFound'));
  });

  test('T2: gives back only what it holds now', () => {
    const release = (run: string, epoch: number): TestEnvironmentCommand => ({
      ...{ type: 'ReleaseTestEnvironment', run, epoch, reason: 'the run ended', now: 4 },
    });
    expect(environment(...held).when(release('r1', 1))).toEqual(accept(released()));
    expect(environment(...held).when(release('r1', 2))).toEqual(refuse('TestEnvironmentNotHeld'));
    expect(environment(...held).when(release('r2', 1))).toEqual(refuse('TestEnvironmentNotHeld'));
    expect(environment(...held, released()).when(release('r1', 1))).toEqual(refuse('TestEnvironmentNotHeld'));
    expect(after(...held, released())).toMatchObject({ status: 'cooling', lastUsedAt: 4 });
  });
});

describe('health', () => {
  const healthy: TestEnvironmentCommand = { type: 'ReportHealthy', now: 9 };
  const sick: TestEnvironmentCommand = { type: 'ReportSick', error: 'a pod is gone', now: 3 };

  test('warms what was being made ready and what was cooling', () => {
    expect(environment(registered, started()).when(healthy)).toEqual(accept(warmed(9)));
    expect(environment(...held, released()).when(healthy)).toEqual(accept(warmed(9)));
    expect(environment(...ready).when(healthy)).toEqual(refuse('NothingChanged'));
    expect(environment(...held).when(healthy)).toEqual(refuse('NothingChanged'));
    expect(environment(registered).when(healthy)).toEqual(refuse('TestEnvironmentNotProvisioning'));
    expect(environment(...ready, destroyRequested()).when(healthy)).toEqual(refuse('TestEnvironmentBeingDestroyed'));
  });

  test('starts the TTL when it is ready first and never again', () => {
    expect(after(registered, started(), warmed(9)).lastUsedAt).toBe(9);
    expect(after(...held, released(), warmed(9)).lastUsedAt).toBe(4);
  });

  test('that is lost keeps an environment from being given away until it is back, and a run keeps what it holds', () => {
    expect(environment(...ready).when(sick)).toEqual(accept(sickened()));
    expect(after(...ready, sickened())).toMatchObject({ status: 'cooling', error: 'a pod is gone' });
    expect(after(...ready, sickened(), warmed(9))).not.toHaveProperty('error');
    expect(after(...held, sickened())).toMatchObject({ status: 'running', run: 'r1', error: 'a pod is gone' });
    expect(after(...held, sickened(), warmed(9))).toMatchObject({ status: 'running', run: 'r1' });
    expect(after(...held, sickened(), released())).toMatchObject({ status: 'cooling', error: 'a pod is gone' });
  });

  test('is told once, and only of what was ready before', () => {
    expect(environment(...ready, sickened()).when(sick)).toEqual(refuse('NothingChanged'));
    expect(environment(registered, started()).when(sick)).toEqual(refuse('TestEnvironmentNotReady'));
    expect(environment(...ready, destroyRequested()).when(sick)).toEqual(refuse('TestEnvironmentBeingDestroyed'));
  });
});

describe('the end', () => {
  test('T3: may be asked for in any state and bars the next run', () => {
    for (const history of [[registered], [registered, started()], ready, held, [...held, released()]]) {
      expect(environment(...history).when(destroy())).toEqual(accept(destroyRequested()));
      expect(after(...history, destroyRequested()).status).toBe(after(...history).status);
    }
    expect(environment(...ready, destroyRequested()).when(destroy())).toEqual(refuse('TestEnvironmentBeingDestroyed'));
  });

  test('T3: waits for the run that holds the environment', () => {
    expect(environment(...held, destroyRequested()).when(complete)).toEqual(refuse('TestEnvironmentHeld'));
    expect(environment(...held, destroyRequested(), released()).when(complete)).toEqual(accept(destroyed));
    expect(environment(...ready).when(complete)).toEqual(refuse('DestroyNotRequested'));
  });

  test('T3: takes it from its run when it is forced, even after it was asked for in peace', () => {
    const taken: TestEnvironmentEvent = {
      ...{ type: 'TestEnvironmentReleased', run: 'r1', epoch: 1, at: 5 },
      reason: 'ada destroyed the environment while the run was using it',
    };
    expect(environment(...held).when(destroy(true))).toEqual(accept(taken, destroyRequested(true)));
    expect(environment(...held, destroyRequested()).when(destroy(true))).toEqual(accept(taken, destroyRequested(true)));
    expect(environment(...ready).when(destroy(true))).toEqual(accept(destroyRequested()));
  });

  test('T4: comes to what nobody used for its TTL, and to nothing else', () => {
    const late = 3 + 60 * MINUTE;
    const swept: TestEnvironmentEvent = {
      ...{ type: 'DestroyRequested', by: 'the sweep', reason: 'it was not used for 60 minutes' },
      ...{ forced: false, at: late },
    };
    expect(environment(...ready).when(expire(late))).toEqual(accept(swept));
    expect(environment(registered, started(), failed()).when(expire(late))).toEqual(accept(swept));
    expect(environment(...ready).when(expire(late - 1))).toEqual(refuse('TestEnvironmentNotExpired'));
    expect(environment(...held).when(expire(late * 9))).toEqual(refuse('TestEnvironmentHeld'));
    expect(environment(registered, started()).when(expire(late * 9))).toEqual(refuse('TestEnvironmentNotReady'));
    expect(environment(...ready, destroyRequested()).when(expire(late))).toEqual(
      refuse('TestEnvironmentBeingDestroyed'),
    );
  });

  test('shows what hinders it, once', () => {
    const hinder: TestEnvironmentCommand = { type: 'ReportHindrance', error: 'a finalizer', now: 7 };
    const hindered: TestEnvironmentEvent = { type: 'DestroyHindered', error: 'a finalizer', at: 7 };
    expect(environment(...ready, destroyRequested()).when(hinder)).toEqual(accept(hindered));
    expect(environment(...ready, destroyRequested(), hindered).when(hinder)).toEqual(refuse('NothingChanged'));
    expect(environment(...ready).when(hinder)).toEqual(refuse('DestroyNotRequested'));
    expect(after(...ready, destroyRequested(), hindered).error).toBe('a finalizer');
  });

  test('is final', () => {
    const history = [...ready, destroyRequested(), destroyed];
    expect(environment(...history).when(acquire())).toEqual(refuse('TestEnvironmentDestroyed'));
    expect(environment(...history).when(complete)).toEqual(refuse('TestEnvironmentDestroyed'));
    expect(environment(...history, warmed()).when(destroy())).toEqual(refuse('TestEnvironmentDestroyed'));
  });
});
