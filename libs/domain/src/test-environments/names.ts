// Which names a workspace may take in a cluster. A name is checked when an environment is asked for, and again before anything is deleted.
import type { TestEnvironmentSpec } from './test-environment-event.ts';

/** What a workspace may name in one cluster; `*` stands for any characters. Nothing is allowed by an empty list. */
export interface NamePolicy {
  readonly namespaces: readonly string[];
  readonly applications: readonly string[];
  /** Namespaces of the operator's own, beside those that every cluster has. */
  readonly reserved: readonly string[];
}

export type NameRefusal =
  | { readonly code: 'NamespaceMalformed'; readonly name: string }
  | { readonly code: 'NamespaceOfTheSystem'; readonly name: string }
  | { readonly code: 'NamespaceNotAllowed'; readonly name: string; readonly allowed: readonly string[] }
  | { readonly code: 'ApplicationMalformed'; readonly name: string }
  | { readonly code: 'ApplicationNotAllowed'; readonly name: string; readonly allowed: readonly string[] };

/** As RFC 1123 has it, which Kubernetes asks of every namespace. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

const SYSTEM = ['default', 'kube-*', '*-system', 'argocd', 'flux', 'openshift', 'openshift-*', 'testmesh'];

/** Every name of the environment that it may not have. */
export const nameRefusals = (
  { namespace, applicationName }: Pick<TestEnvironmentSpec, 'namespace' | 'applicationName'>,
  policy: NamePolicy,
): readonly NameRefusal[] => [
  ...namespaceRefusal(namespace, policy),
  ...(applicationName === undefined ? [] : applicationRefusal(applicationName, policy)),
];

const namespaceRefusal = (name: string, { namespaces, reserved }: NamePolicy): readonly NameRefusal[] => {
  if (!LABEL.test(name)) return [{ code: 'NamespaceMalformed', name }];
  if (matchesAny(name, [...SYSTEM, ...reserved])) return [{ code: 'NamespaceOfTheSystem', name }];
  if (!matchesAny(name, namespaces)) return [{ code: 'NamespaceNotAllowed', name, allowed: namespaces }];
  return [];
};

const applicationRefusal = (name: string, { applications }: NamePolicy): readonly NameRefusal[] => {
  if (!SUBDOMAIN.test(name)) return [{ code: 'ApplicationMalformed', name }];
  return matchesAny(name, applications) ? [] : [{ code: 'ApplicationNotAllowed', name, allowed: applications }];
};

const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matches(name, pattern));

/** Piece by piece from the left: no pattern can make this slow. */
const matches = (name: string, pattern: string): boolean => {
  const [head = '', ...pieces] = pattern.split('*');
  if (!name.startsWith(head)) return false;
  const tail = pieces.pop();
  if (tail === undefined) return name === head;
  let from = head.length;
  for (const piece of pieces) {
    const at = name.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return name.length - tail.length >= from && name.endsWith(tail);
};

/** A refusal in a sentence that says what to do. */
export const nameRefusalText = (refusal: NameRefusal): string => {
  const { name } = refusal;
  switch (refusal.code) {
    case 'NamespaceMalformed':
      return `"${name}" is no name of a namespace: at most 63 lower-case letters, digits and dashes, with a letter or digit at both ends`;
    case 'NamespaceOfTheSystem':
      return `the namespace "${name}" belongs to the cluster or to its operator; choose another`;
    case 'NamespaceNotAllowed':
      return `this workspace may not use the namespace "${name}" in this cluster: ${allowedText(refusal.allowed)}`;
    case 'ApplicationMalformed':
      return `"${name}" is no name of an application: at most 253 lower-case letters, digits, dashes and dots, with a letter or digit at both ends`;
    case 'ApplicationNotAllowed':
      return `this workspace may not use the application "${name}" in this cluster: ${allowedText(refusal.allowed)}`;
  }
};

const allowedText = (patterns: readonly string[]): string =>
  patterns.length === 0
    ? 'an operator has to allow names for it first'
    : `it has to match ${patterns.map((pattern) => `"${pattern}"`).join(' or ')}`;
