import type { Value } from '@testmesh/domain';
import type { Scope } from '../model/scope.ts';
import { nodeOf } from '../template/node.fixture.ts';
import type { AssertionGroup } from './assertion.ts';
import { compileAssertions } from './compile.ts';
import { type Judgement, type JudgeOptions, judge } from './judge.ts';

/** Compiles assertions that must be sound. */
export const compiled = (items: readonly Value[], group: AssertionGroup = 'all') => {
  const { assertions, problems } = compileAssertions(nodeOf(items), group);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  return assertions;
};

export const judged = (
  items: readonly Value[],
  scope: Scope,
  { group = 'all', ...options }: JudgeOptions & { group?: AssertionGroup } = {},
): Judgement => judge(compiled(items, group), scope, options);
