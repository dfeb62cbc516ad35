import { expect, test } from '@jest/globals';
import { judged } from './flux-judgement.ts';
import type { FluxCondition, FluxKind, FluxObject } from './flux-object.ts';

const object = (conditions: readonly FluxCondition[], over: Partial<FluxObject> = {}): FluxObject => ({
  metadata: { name: 'shop', uid: 'u1', generation: 2 },
  status: { observedGeneration: 2, conditions },
  ...over,
});
const condition = (
  type: string,
  status: string,
  reason = 'Said',
  rest: Partial<FluxCondition> = {},
): FluxCondition => ({
  ...{ type, status, reason, message: 'so it is' },
  ...rest,
});
const look = (
  conditions: readonly FluxCondition[],
  over: Partial<FluxObject> = {},
  kind: FluxKind = 'Kustomization',
) => {
  const seen = judged(kind, object(conditions, over));
  return 'message' in seen ? [seen.health, seen.message] : [seen.health];
};
const ready = condition('Ready', 'True');

test('is ready when Flux says so of what is asked now', () => {
  expect(judged('Kustomization', object([ready]))).toEqual({
    ...{ health: 'healthy', resources: [{ kind: 'Kustomization', name: 'shop', uid: 'u1' }] },
  });
  const old = { observedGeneration: 1, conditions: [ready] };
  expect(look([], { status: old })).toEqual(['progressing', expect.stringContaining('is not ready yet')]);
  expect(look([condition('Ready', 'True', 'x', { observedGeneration: 1 })])[0]).toBe('progressing');
  expect(look([])).toEqual(['progressing', 'the Flux Kustomization "shop" is not ready yet']);
  expect(look([condition('Ready', 'Unknown', 'Progressing')])).toEqual([
    ...['progressing', 'the Flux Kustomization "shop" is not ready yet: Progressing (so it is)'],
  ]);
});

test('is not ready before Flux did what it was asked to do', () => {
  const asked = { name: 'shop', uid: 'u1', generation: 2, annotations: { 'reconcile.fluxcd.io/requestedAt': 'b' } };
  const handled = (last: string) => ({ observedGeneration: 2, lastHandledReconcileAt: last, conditions: [ready] });
  expect(look([], { metadata: asked, status: handled('a') })).toEqual([
    ...['progressing', 'the Flux Kustomization "shop" was to be looked at anew, and Flux has not done so yet'],
  ]);
  expect(look([], { metadata: asked, status: handled('b') })).toEqual(['healthy']);
});

test('a Kustomization that failed will not become ready by waiting, one that waits for others may', () => {
  const retried = condition('Reconciling', 'True', 'ProgressingWithRetry');
  expect(look([condition('Ready', 'False', 'HealthCheckFailed'), retried])).toEqual([
    ...['degraded', 'the Flux Kustomization "shop" is not ready: HealthCheckFailed (so it is)'],
  ]);
  expect(look([condition('Ready', 'False', 'BuildFailed')])[0]).toBe('degraded');
  expect(look([condition('Ready', 'False', 'DependencyNotReady'), retried])[0]).toBe('progressing');
});

test('a failure of an older generation is not held against this one', () => {
  expect(look([condition('Ready', 'False', 'BuildFailed', { observedGeneration: 1 })])[0]).toBe('progressing');
});

test('a HelmRelease that is tried again may become ready; one that is stalled will not', () => {
  const failed = condition('Ready', 'False', 'InstallFailed');
  const retried = condition('Reconciling', 'True', 'ProgressingWithRetry');
  expect(look([failed, retried], {}, 'HelmRelease')[0]).toBe('progressing');
  expect(look([failed], {}, 'HelmRelease')[0]).toBe('degraded');
  expect(look([failed, condition('Stalled', 'True', 'RetriesExceeded')], {}, 'HelmRelease')).toEqual([
    ...['degraded', 'the Flux HelmRelease "shop" is stalled: RetriesExceeded (so it is)'],
  ]);
});

test('one that is suspended is looked after by nobody, however ready it was', () => {
  expect(look([ready], { spec: { suspend: true } })).toEqual([
    ...['progressing', 'the Flux Kustomization "shop" is suspended: Flux does not look after it'],
  ]);
});

test('one that is being deleted is missed', () => {
  const metadata = { name: 'shop', uid: 'u1', deletionTimestamp: '2030-01-01T00:00:00Z' };
  expect(look([ready], { metadata })).toEqual(['missing', 'the Flux Kustomization "shop" is being deleted']);
});
