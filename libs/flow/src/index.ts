export {
  type Assertion,
  type AssertionGroup,
  compileAssertions,
  correlations,
  type JudgeOptions,
  type Judgement,
  judge,
  namesRoot,
  resultScope,
  type SchemaCheck,
  schemaFiles,
} from './assertion/assertion.ts';
export {
  type Evaluated,
  type Expression,
  evaluate,
  evaluateCondition,
  type NameReference,
  parseExpression,
  rootNames,
} from './expression/expression.ts';
export { extract, type OutputPath, parseOutputPath } from './path/output-path.ts';
export { builtinNames, type DrawSources, drawBuiltin } from './expression/builtins.ts';
export {
  compileTemplate,
  compileTextTemplate,
  constantTemplate,
  isConstant,
  mergeTemplates,
  render,
  type Template,
  templateNames,
} from './template/template.ts';
export type {
  ActionStep,
  Condition,
  ConditionStep,
  Definition,
  Environment,
  Flow,
  ForEachStep,
  InputDeclaration,
  Output,
  ParallelStep,
  Retry,
  RunFlowStep,
  Setting,
  Step,
  WaitUntilStep,
} from './model/flow.ts';
export type { Meaning, Scope } from './model/scope.ts';
export type { Outcome, Problem, Text } from './model/text.ts';
