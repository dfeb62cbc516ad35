import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { GitProvider } from '@testmesh/store-postgres';
import * as z from 'zod';

// What hosts of repositories tell of, in one form, and how they show that it is they who tell it.

export interface GitEvent {
  readonly kind: 'push' | 'pull_request';
  /** What patterns are held against: the branch that was pushed, or the one a pull request is to go into. */
  readonly target: string;
  /** The branch that the commit is on. */
  readonly branch: string;
  readonly sha: string;
}

type Headers = Readonly<Record<string, string | undefined>>;
export type GitBody = z.output<typeof gitBody>;

const branchOf = z.object({ ref: z.string(), sha: z.string() });

/** As much of a body as is read, of every host. */
export const gitBody = z.looseObject({
  ref: z.string().optional(),
  after: z.string().optional(),
  deleted: z.boolean().optional(),
  action: z.string().optional(),
  repository: z.looseObject({ full_name: z.string().optional() }).optional(),
  project: z.looseObject({ path_with_namespace: z.string().optional() }).optional(),
  pull_request: z.looseObject({ head: branchOf, base: branchOf }).optional(),
  object_attributes: z
    .looseObject({
      action: z.string().optional(),
      oldrev: z.string().optional(),
      source_branch: z.string().optional(),
      target_branch: z.string().optional(),
      last_commit: z.looseObject({ id: z.string() }).optional(),
    })
    .optional(),
});

interface Host {
  readonly event: string;
  readonly delivery: string;
  readonly isSigned: (headers: Headers, text: string, secret: string) => boolean;
  readonly pushes: string;
  readonly pulls: string;
}

/** In constant time, whatever their lengths. */
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const hmac = (text: string, secret: string): string => createHmac('sha256', secret).update(text).digest('hex');

const HOSTS: Readonly<Record<GitProvider, Host>> = {
  github: {
    event: 'x-github-event',
    delivery: 'x-github-delivery',
    isSigned: (headers, text, secret) => isSame(headers['x-hub-signature-256'] ?? '', `sha256=${hmac(text, secret)}`),
    pushes: 'push',
    pulls: 'pull_request',
  },
  gitea: {
    event: 'x-gitea-event',
    delivery: 'x-gitea-delivery',
    isSigned: (headers, text, secret) => isSame(headers['x-gitea-signature'] ?? '', hmac(text, secret)),
    pushes: 'push',
    pulls: 'pull_request',
  },
  gitlab: {
    event: 'x-gitlab-event',
    delivery: 'x-gitlab-event-uuid',
    isSigned: (headers, _text, secret) => isSame(headers['x-gitlab-token'] ?? '', secret),
    pushes: 'Push Hook',
    pulls: 'Merge Request Hook',
  },
};

export const isSigned = (provider: GitProvider, headers: Headers, text: string, secret: string): boolean =>
  HOSTS[provider].isSigned(headers, text, secret);

/** How the host names the event and the delivery. */
export const namesOf = (provider: GitProvider, headers: Headers) => ({
  event: (headers[HOSTS[provider].event] ?? '').slice(0, 100),
  delivery: (headers[HOSTS[provider].delivery] ?? '').slice(0, 200),
});

export const repositoryOf = ({ repository, project }: GitBody): string =>
  project?.path_with_namespace ?? repository?.full_name ?? '';

const BRANCH = 'refs/heads/';
const NEW_COMMITS: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize', 'synchronized']);

/** A push to a branch or new commits of a pull request; undefined for everything else. */
export const gitEventOf = (provider: GitProvider, headers: Headers, body: GitBody): GitEvent | undefined => {
  const { pushes, pulls } = HOSTS[provider];
  const { event } = namesOf(provider, headers);
  if (event === pushes) return pushOf(body);
  if (event !== pulls) return undefined;
  return provider === 'gitlab' ? mergeRequestOf(body) : pullRequestOf(body);
};

const pushOf = ({ ref = '', after = '', deleted }: GitBody): GitEvent | undefined => {
  // A branch that was deleted has a commit of zeros.
  if (!ref.startsWith(BRANCH) || deleted === true || /^0*$/.test(after)) return undefined;
  const branch = ref.slice(BRANCH.length);
  return { kind: 'push', target: branch, branch, sha: after };
};

const pullRequestOf = ({ action = '', pull_request: pull }: GitBody): GitEvent | undefined =>
  pull === undefined || !NEW_COMMITS.has(action)
    ? undefined
    : { kind: 'pull_request', target: pull.base.ref, branch: pull.head.ref, sha: pull.head.sha };

const mergeRequestOf = ({ object_attributes: merge }: GitBody): GitEvent | undefined => {
  const { action, oldrev, source_branch: branch, target_branch: target, last_commit: commit } = merge ?? {};
  const hasCommits = action === 'open' || action === 'reopen' || (action === 'update' && oldrev !== undefined);
  if (!hasCommits || branch === undefined || target === undefined || commit === undefined) return undefined;
  return { kind: 'pull_request', target, branch, sha: commit.id };
};
