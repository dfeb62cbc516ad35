import { Problem, type ProblemCode } from '@testmesh/contracts';
import type { Changed, ConfigRefusal } from '@testmesh/store-postgres';

type Refused = Extract<Changed<unknown>, { readonly ok: false }>;

/** How each refusal is answered; a new one without an answer does not compile. */
const ANSWERS: Readonly<Record<ConfigRefusal, readonly [ProblemCode, string]>> = {
  NotFound: ['not-found', 'there is no such thing in this workspace'],
  ChangedMeanwhile: ['version-changed', 'it was changed since you read it: read it again, then send your change'],
  NameTaken: ['conflict', 'the workspace has another one of this name'],
  AlreadyMade: ['conflict', 'it exists already'],
  MemberExists: ['conflict', 'the workspace has a member of this address'],
  LastOwnerStays: ['conflict', 'a workspace keeps at least one owner: make somebody else an owner first'],
  KeyAlreadyRevoked: ['conflict', 'the key was revoked before'],
  DefaultEnvironmentStays: ['invalid-request', 'the default environment stays: make another one the default first'],
  DefaultWorkspaceStays: ['conflict', 'the default workspace stays'],
  SecretValueMissing: [
    'cannot-be-done',
    'a secret that is new here needs its value, the mask ******** stands for none',
  ],
  FlowNotFound: ['cannot-be-done', 'the workspace has no flow of this id'],
  FlowTwice: ['cannot-be-done', 'a suite holds a flow once'],
  FlowInSuites: ['conflict', 'suites name this flow: take it out of them, or delete them, first'],
  RunsNeedIt: ['conflict', 'runs that go on have still to use it: wait for them, or cancel them, first'],
  InGitTriggerRules: ['conflict', 'rules of repositories run it: change or delete them first'],
  EnvironmentInSchedules: [
    'conflict',
    'schedules, or rules of repositories, run in this environment: change or delete them first',
  ],
  SuiteNotFound: ['cannot-be-done', 'the workspace has no suite of this id'],
  DatasetNotFound: ['cannot-be-done', 'the workspace has no dataset of this id'],
  DatasetInSchedules: ['conflict', 'schedules go over this dataset: change or delete them first'],
  EnvironmentNotFound: ['cannot-be-done', 'the workspace has no environment of this name'],
};

/** Which part of a body a refusal is about, where that is the same in every body. */
const POINTERS: Partial<Readonly<Record<ConfigRefusal, string>>> = {
  NameTaken: '/name',
  MemberExists: '/email',
  SuiteNotFound: '/suite_id',
  DatasetNotFound: '/dataset/id',
  EnvironmentNotFound: '/environment',
};

/** Where in the body something stands that was refused by its name. */
export type PointerOf = (name: string) => string;

const refusalProblem = ({ refusal, because = [] }: Refused, pointerOf?: PointerOf): Problem => {
  const [code, text] = ANSWERS[refusal];
  const errors = because.map((name) => {
    const pointer = POINTERS[refusal] ?? pointerOf?.(name);
    return { ...(pointer !== undefined && { pointer }), message: `${name}: ${text}` };
  });
  return new Problem(code, because.length === 0 ? text : `${text} (${because.join(', ')})`, { errors });
};

/** What a change came to; a refusal is thrown as its problem. */
export const accepted = <Value>(change: Changed<Value>, pointerOf?: PointerOf): Value => {
  if (!change.ok) throw refusalProblem(change, pointerOf);
  return change.value;
};

/** What was asked for, or the problem that it is not there. */
export const found = <Value>(value: Value | undefined, what: string): Value => {
  if (value === undefined) throw new Problem('not-found', `there is no ${what} in this workspace`);
  return value;
};
