import { describe, expect, test } from '@jest/globals';
import { type NamePolicy, nameRefusals, nameRefusalText } from './names.ts';

const policy: NamePolicy = {
  namespaces: ['review-*', 'acme-*-test'],
  applications: ['testmesh-*'],
  reserved: ['review-ops'],
};
const codes = (namespace: string, applicationName?: string, over: Partial<NamePolicy> = {}) =>
  nameRefusals(
    { namespace, ...(applicationName === undefined ? {} : { applicationName }) },
    { ...policy, ...over },
  ).map(({ code }) => code);

describe('a namespace', () => {
  test('is allowed when a pattern of the workspace matches all of it', () => {
    expect(codes('review-pr-123')).toEqual([]);
    expect(codes('acme-a-b-test')).toEqual([]);
    expect(codes('review-')).toEqual(['NamespaceMalformed']);
  });

  test('is refused when no pattern does, or when none is there', () => {
    expect(codes('prereview-1')).toEqual(['NamespaceNotAllowed']);
    expect(codes('acme-test')).toEqual(['NamespaceNotAllowed']);
    expect(codes('acme-x-test-2')).toEqual(['NamespaceNotAllowed']);
    expect(codes('review-1', undefined, { namespaces: [] })).toEqual(['NamespaceNotAllowed']);
  });

  test('of the system is refused whatever the patterns say', () => {
    const everything = { namespaces: ['*'] };
    const system = ['default', 'kube-system', 'kube-anything', 'istio-system', 'flux-system', 'argocd', 'testmesh'];
    for (const name of [...system, 'openshift-ingress', 'review-ops']) {
      expect(codes(name, undefined, everything)).toEqual(['NamespaceOfTheSystem']);
    }
    expect(codes('defaults', undefined, everything)).toEqual([]);
  });

  test('has to be a name that Kubernetes takes', () => {
    for (const name of ['', 'Review-1', 'review_1', '-review', 'review-', 'a'.repeat(64), 'review.1', 'review-1\n']) {
      expect(codes(name, undefined, { namespaces: ['*'] })).toEqual(['NamespaceMalformed']);
    }
    expect(codes('a'.repeat(63), undefined, { namespaces: ['*'] })).toEqual([]);
  });
});

describe('an application', () => {
  test('is allowed by its own patterns', () => {
    expect(codes('review-1', 'testmesh-pr-123')).toEqual([]);
    expect(codes('review-1', 'review-1')).toEqual(['ApplicationNotAllowed']);
    expect(codes('review-1', 'testmesh-1', { applications: [] })).toEqual(['ApplicationNotAllowed']);
  });

  test('has to be a name that Kubernetes takes', () => {
    for (const name of ['', 'testmesh-A', 'testmesh-', 'testmesh-/../x', 'testmesh-?a=b']) {
      expect(codes('review-1', name)).toEqual(['ApplicationMalformed']);
    }
  });

  test('is refused beside its namespace, so that a person sees both at once', () => {
    expect(codes('default', 'payments')).toEqual(['NamespaceOfTheSystem', 'ApplicationNotAllowed']);
  });
});

test('a refusal says what would be allowed', () => {
  const texts = (namespace: string, applicationName: string, over: Partial<NamePolicy> = {}) =>
    nameRefusals({ namespace, applicationName }, { ...policy, ...over }).map(nameRefusalText);
  expect(texts('payments', 'testmesh-1')).toEqual([
    'this workspace may not use the namespace "payments" in this cluster: it has to match "review-*" or "acme-*-test"',
  ]);
  expect(texts('review-1', 'payments', { applications: [] })).toEqual([
    'this workspace may not use the application "payments" in this cluster: an operator has to allow names for it first',
  ]);
  expect(texts('kube-system', 'X')).toEqual([
    'the namespace "kube-system" belongs to the cluster or to its operator; choose another',
    expect.stringContaining('"X" is no name of an application'),
  ]);
  expect(texts('Nope', 'testmesh-1')).toEqual([expect.stringContaining('"Nope" is no name of a namespace')]);
});
