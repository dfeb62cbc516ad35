import { createHash, randomUUID } from 'node:crypto';
import { startSuite } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { newRunId } from '@testmesh/runtime';
import type { GitDelivery, GitProvider, ListeningRule } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { publicRoute, type Route } from '../http/route.ts';
import { partsWaitFor, waitingForPart } from '../runs/waiting-for.ts';
import { isBranchOf } from './branch-pattern.ts';
import { type GitEvent, gitBody, gitEventOf, isSigned, namesOf, repositoryOf } from './git-event.ts';

// What hosts of repositories tell of. Invariants:
// H1. Nothing is done, and nothing is told, for who does not show that they know a rule's secret.
// H2. One body is one run of each rule, however often it comes and under whatever id: only the body is signed.
// H3. A rule that names what is gone says so in its delivery; one that fails for another reason holds up no other rule.
// H4. A run is asked for under an id that was kept before: a request that got half-way goes on when it comes again.

type WebhookDeps = Pick<
  ConfigurationDeps,
  | 'servedPools'
  | 'gitTriggerRules'
  | 'gitDeliveries'
  | 'suiteRuns'
  | 'runViews'
  | 'run'
  | 'secretNames'
  | 'cancelRun'
  | 'environments'
>;

const MOST_BYTES = 5 * 1024 * 1024;
const PER_MINUTE = 300;

const webhookAnswer = z
  .object({
    message: z.string(),
    repository: z.string(),
    branch: z.string().nullable(),
    commit_sha: z.string().nullable(),
    event_type: z.string(),
    matched_rules: z.int(),
    triggered_runs: z.int(),
    triggered_run_ids: z.array(z.string()).describe('of flows and of suites'),
    errors: z.array(z.string()).describe('of rules whose run was refused'),
    waiting_for: waitingForPart,
  })
  .meta({ id: 'WebhookAnswer' });

const TITLES: Readonly<Record<GitProvider, string>> = { github: 'GitHub', gitlab: 'GitLab', gitea: 'Gitea' };
const SHOWN: Readonly<Record<GitProvider, readonly { readonly name: string; readonly description: string }[]>> = {
  github: [
    { name: 'X-GitHub-Event', description: '`push` or `pull_request`' },
    { name: 'X-Hub-Signature-256', description: '`sha256=` and the HMAC of the body, with the secret of the rule' },
    { name: 'X-GitHub-Delivery', description: 'kept with the delivery' },
  ],
  gitlab: [
    { name: 'X-Gitlab-Event', description: '`Push Hook` or `Merge Request Hook`' },
    { name: 'X-Gitlab-Token', description: 'the secret of the rule' },
    { name: 'X-Gitlab-Event-UUID', description: 'kept with the delivery' },
  ],
  gitea: [
    { name: 'X-Gitea-Event', description: '`push` or `pull_request`' },
    { name: 'X-Gitea-Signature', description: 'the HMAC-SHA256 of the body, with the secret of the rule' },
    { name: 'X-Gitea-Delivery', description: 'kept with the delivery' },
  ],
};

const webhook = (deps: WebhookDeps, provider: GitProvider): Route =>
  publicRoute({
    method: 'POST',
    path: `/api/v1/webhooks/${provider}`,
    operationId: `receive${TITLES[provider].replace(/[^A-Za-z]/g, '')}Webhook`,
    summary: `What ${TITLES[provider]} tells of`,
    description:
      'Runs what the rules of the repository say. No key opens it: the signature shows who sends it. The same body again is the same run.',
    tags: ['Git'],
    requestsPerMinute: PER_MINUTE,
    mostBytes: MOST_BYTES,
    headers: SHOWN[provider],
    body: gitBody,
    responses: { 200: webhookAnswer },
    handle: async ({ headers, body, rawBody = '' }) => {
      const repository = repositoryOf(body);
      const unreadable: Error[] = [];
      const rules = await deps.gitTriggerRules.listening(provider, repository, (error) => unreadable.push(error));
      const trusting = rules.filter(({ secret }) => isSigned(provider, headers, rawBody, secret));
      if (trusting.length === 0) {
        throw new Problem('unauthenticated', 'it is not signed with the secret of a rule for this repository');
      }
      const names = namesOf(provider, headers);
      const event = gitEventOf(provider, headers, body);
      const matched = event === undefined ? [] : trusting.filter((rule) => isMatched(rule, event));
      const bodyHash = createHash('sha256').update(rawBody).digest();
      const taken =
        event === undefined ? [] : await triggerEach(deps, matched, event, { ...names, bodyHash, unreadable });
      const started = taken.filter(({ status }) => status === 'started').map(({ runId }) => runId);
      return {
        status: 200,
        body: {
          message: messageOf(event, matched.length, started.length),
          repository,
          branch: event?.branch ?? null,
          commit_sha: event?.sha ?? null,
          event_type: names.event,
          matched_rules: matched.length,
          triggered_runs: started.length,
          triggered_run_ids: started,
          errors: taken.flatMap(({ error }) => error ?? []),
          waiting_for: await waitingIn(deps, started.length === 0 ? [] : matched),
        },
      };
    },
  });

const waitingIn = async (deps: WebhookDeps, rules: readonly ListeningRule[]): Promise<string | null> => {
  const places = new Map(rules.map(({ workspace, pool }) => [`${workspace} ${pool}`, { workspace, pool }]));
  const waiting = await Promise.all([...places.values()].map((place) => partsWaitFor(deps, place, true)));
  return waiting.find((text) => text !== null) ?? null;
};

const messageOf = (event: GitEvent | undefined, matched: number, started: number): string => {
  if (event === undefined) return 'nothing runs for this event';
  if (matched === 0) return 'no rule is for this branch and this event';
  return `${started} of ${matched} rules run`;
};

const isMatched = ({ events, branches }: ListeningRule, { kind, target }: GitEvent): boolean =>
  events.includes(kind) && branches.some((pattern) => isBranchOf(pattern, target));

interface Arrived {
  readonly event: string;
  readonly delivery: string;
  readonly bodyHash: Uint8Array;
  /** Why rules of the repository could not be read. */
  readonly unreadable: readonly Error[];
}

/** Every rule by itself: one that cannot be carried out holds up no other, and is tried again when the host sends it again. */
const triggerEach = async (
  deps: WebhookDeps,
  rules: readonly ListeningRule[],
  event: GitEvent,
  { unreadable, ...arrived }: Arrived,
): Promise<readonly GitDelivery[]> => {
  const taken: GitDelivery[] = [];
  const faults: unknown[] = [...unreadable];
  for (const rule of rules) {
    await trigger(deps, rule, event, arrived).then(
      (delivery) => taken.push(delivery),
      (fault: unknown) => faults.push(fault),
    );
  }
  if (faults.length > 1) throw new AggregateError(faults, `${faults.length} rules could not be carried out`);
  if (faults.length === 1) throw faults[0];
  return taken;
};

/** Runs what a rule names, once for what came. */
const trigger = async (
  deps: WebhookDeps,
  rule: ListeningRule,
  event: GitEvent,
  arrived: Omit<Arrived, 'unreadable'>,
): Promise<GitDelivery> => {
  const own = rule.suiteId === null ? newRunId() : randomUUID();
  const { branch, sha } = event;
  const kept = await deps.gitDeliveries.take({ ruleId: rule.id, ...arrived, branch, sha, runId: own });
  if (kept.status !== 'received') return kept;
  const error = await start(deps, rule, event, kept.runId);
  await deps.gitDeliveries.finish(kept.id, error);
  return { ...kept, status: error === null ? 'started' : 'failed', error };
};

/** Null, or why the run was refused. */
const start = async (
  deps: WebhookDeps,
  rule: ListeningRule,
  { branch, sha }: GitEvent,
  runId: string,
): Promise<string | null> => {
  const caller = { workspace: rule.workspace, actor: `webhook:${rule.id}` };
  const trigger = { kind: 'webhook', id: sha } as const;
  const { environmentId: environment, suiteId, flowId, secretNames, pool, priority } = rule;
  const variables = { ...rule.variables, GIT_SHA: sha, GIT_BRANCH: branch, GIT_REPOSITORY: rule.repository };
  // Whoever made the rule has named the environment on purpose, a protected one twice.
  const given = { variables, secretNames, pool, priority };
  const asked = { environment, confirmedEnvironment: environment, ...given };
  try {
    if (suiteId !== null) await startSuite(deps, caller, { id: runId, suiteId, ...asked, trigger });
    else if (flowId !== null)
      await deps.run({ flowId, ...asked }, { caller, trigger, idempotencyKey: undefined, runId });
    return null;
  } catch (cause) {
    if (cause instanceof Problem) return `${rule.name}: ${cause.message}`;
    throw cause;
  }
};

export const webhookRoutes = (deps: WebhookDeps): readonly Route[] => [
  webhook(deps, 'github'),
  webhook(deps, 'gitlab'),
  webhook(deps, 'gitea'),
];
