import { describe, expect, test } from '@jest/globals';
import { readiness } from './readiness.ts';
import type { Pod, Workload } from './workloads.ts';

const labels = { app: 'orders' };
const made = (kind: string, status: Workload['status'], spec: Workload['spec'] = {}): Workload => ({
  ...{ kind, metadata: { name: 'orders', generation: 2 }, spec: { selector: { matchLabels: labels }, ...spec } },
  status: { observedGeneration: 2, ...status },
});
const pod = (status: NonNullable<Pod['status']>, name = 'orders-1'): Pod => ({
  kind: 'Pod',
  metadata: { name, labels },
  status,
});
const ready = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const half = made('Deployment', { ...ready, availableReplicas: 1 }, { replicas: 2 });
const waits = (reason: string, restartCount = 0): Pod =>
  pod({ phase: 'Pending', containerStatuses: [{ name: 'app', restartCount, state: { waiting: { reason } } }] });

describe('a Deployment', () => {
  test('is ready when all replicas are new and available', () => {
    expect(readiness([made('Deployment', ready, { replicas: 2 })], [])).toEqual({ health: 'healthy' });
    expect(readiness([made('Deployment', {}, { replicas: 0 })], [])).toEqual({ health: 'healthy' });
    expect(readiness([half], [])).toEqual({
      ...{ health: 'progressing', message: 'Deployment "orders" has 1 of 2 replicas available' },
    });
    expect(readiness([made('Deployment', { ...ready, replicas: 3 }, { replicas: 2 })], [])).toEqual({
      ...{ health: 'progressing', message: 'Deployment "orders" still has 1 old replicas' },
    });
  });

  test('that its controller has not looked at says nothing', () => {
    const old = made('Deployment', { ...ready, observedGeneration: 1 }, { replicas: 2 });
    expect(readiness([old], [])).toEqual({ health: 'progressing', message: 'Deployment "orders" is new' });
  });

  test('that makes no progress, or may not make its pods, will not become ready by waiting', () => {
    const stuck = { type: 'Progressing', status: 'False', message: 'has timed out progressing' };
    expect(readiness([made('Deployment', { conditions: [stuck] })], [])).toEqual({
      ...{ health: 'degraded', message: 'Deployment "orders" makes no progress: has timed out progressing' },
    });
    const refused = { type: 'ReplicaFailure', status: 'True', message: 'exceeded quota: testmesh' };
    expect(readiness([made('Deployment', { conditions: [refused] })], [])).toEqual({
      ...{ health: 'degraded', message: 'Deployment "orders" may not make its pods: exceeded quota: testmesh' },
    });
    const early = { type: 'ReplicaFailure', status: 'True', message: 'status unknown for quota: testmesh' };
    expect(readiness([made('Deployment', { conditions: [early] })], []).health).toBe('progressing');
  });
});

describe('what a pod says', () => {
  test('explains why its workload is not ready', () => {
    const message =
      'Deployment "orders" has 1 of 2 replicas available: Pod "orders-1": container "app" waits: ErrImagePull';
    expect(readiness([half], [waits('ErrImagePull')])).toEqual({ health: 'progressing', message });
    const unplaced = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' };
    expect(readiness([half], [pod({ phase: 'Pending', conditions: [unplaced] })])).toMatchObject({
      message: expect.stringMatching(/Pod "orders-1" has no node yet: Unschedulable \(0\/3 nodes\)$/),
    });
    const elsewhere = { ...waits('ErrImagePull'), metadata: { name: 'x', labels: { app: 'other' } } };
    expect(readiness([half], [elsewhere])).toMatchObject({ message: expect.stringMatching(/replicas available$/) });
  });

  test('is final for an image that cannot be had and a container that goes on crashing', () => {
    expect(readiness([half], [waits('ImagePullBackOff')]).health).toBe('degraded');
    expect(readiness([half], [waits('InvalidImageName')]).health).toBe('degraded');
    expect(readiness([half], [waits('CrashLoopBackOff', 4)]).health).toBe('progressing');
    const terminated = { reason: 'OOMKilled', exitCode: 137 };
    const crashing = pod({
      phase: 'Running',
      containerStatuses: [
        {
          ...{ name: 'app', restartCount: 5, state: { waiting: { reason: 'CrashLoopBackOff' } } },
          lastState: { terminated },
        },
      ],
    });
    expect(readiness([half], [crashing])).toMatchObject({
      health: 'degraded',
      message: expect.stringMatching(/container "app" waits: CrashLoopBackOff; it ended with OOMKilled 137$/),
    });
  });

  test('that failed is not the end: its workload makes another', () => {
    const evicted = readiness([half], [pod({ phase: 'Failed', reason: 'Evicted' })]);
    expect(evicted).toMatchObject({ health: 'progressing', message: expect.stringMatching(/failed: Evicted$/) });
  });

  test('does not count against a workload that is ready', () => {
    expect(readiness([made('Deployment', ready, { replicas: 2 })], [waits('CrashLoopBackOff', 9)])).toEqual({
      health: 'healthy',
    });
  });
});

test('a StatefulSet is ready when all replicas are, and all are of one revision', () => {
  const revisions = { currentRevision: 'a', updateRevision: 'a' };
  const stateful = (status: Workload['status']) => readiness([made('StatefulSet', status, { replicas: 2 })], []);
  expect(stateful({ readyReplicas: 2, ...revisions })).toEqual({ health: 'healthy' });
  expect(stateful({ readyReplicas: 1, ...revisions })).toMatchObject({ message: expect.stringContaining('1 of 2') });
  expect(stateful({ readyReplicas: 2, ...revisions, updateRevision: 'b' }).health).toBe('progressing');
});

test('a DaemonSet is ready when it is on every node that it wants', () => {
  const daemon = (ready: number) =>
    readiness([made('DaemonSet', { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberReady: ready })], []);
  expect(daemon(2)).toEqual({ health: 'healthy' });
  expect(daemon(1)).toMatchObject({ health: 'progressing', message: expect.stringContaining('1 of 2 nodes') });
});

test('a Job is ready when it has ended well', () => {
  const job = (type: string) =>
    readiness([made('Job', { conditions: [{ type, status: 'True', message: 'Job has reached its limit' }] })], []);
  expect(job('Complete')).toEqual({ health: 'healthy' });
  expect(job('Failed')).toEqual({
    ...{ health: 'degraded', message: 'Job "orders" failed: Job has reached its limit' },
  });
  expect(job('Suspended')).toMatchObject({ health: 'progressing' });
  expect(readiness([made('Job', {}, { suspend: true })], [])).toEqual({ health: 'healthy' });
});

test('a bare Pod is ready when it is, or has ended well', () => {
  const isReady = [{ type: 'Ready', status: 'True' }];
  expect(readiness([pod({ phase: 'Running', conditions: isReady })], [])).toEqual({ health: 'healthy' });
  expect(readiness([pod({ phase: 'Succeeded' })], [])).toEqual({ health: 'healthy' });
  expect(readiness([pod({ phase: 'Failed', reason: 'Evicted' })], [])).toEqual({
    ...{ health: 'degraded', message: 'Pod "orders-1" failed: Evicted' },
  });
  expect(readiness([pod({ phase: 'Running' })], [])).toMatchObject({ health: 'progressing' });
});

test('the worst is told, with everything that is so', () => {
  const failed = made('Job', { conditions: [{ type: 'Failed', status: 'True', message: 'x' }] });
  expect(readiness([half, failed], [])).toEqual({ health: 'degraded', message: 'Job "orders" failed: x' });
});
