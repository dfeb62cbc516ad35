export type { Assertion, AssertionGroup, SchemaCheck } from './assertion/assertion.ts';
export { compileAssertions } from './assertion/compile.ts';
export { type Judgement, type JudgeOptions, judge } from './assertion/judge.ts';
export { type Correlation, correlations, type NamedSchema, namesRoot, schemaFiles } from './assertion/mentions.ts';
export { type ResultScopeInput, resultScope } from './assertion/result-scope.ts';
export { checkFlow, NEEDS_ENVIRONMENT } from './checks/check-flow.ts';
export { type FileMentions, fileMentions } from './checks/file-mentions.ts';
export type { CheckOptions } from './checks/names.ts';
export { documentValue } from './document/document-value.ts';
export { editFlowText, type Stretch, valuesOfKey } from './document/edit-flow-text.ts';
export { type ReadEnvFile, readEnvFile } from './environment/env-file.ts';
export { type ReadEnvironment, readEnvironment } from './environment/read-environment.ts';
export { builtinNames, type DrawSources, drawBuiltin } from './expression/builtins.ts';
export {
  type Evaluated,
  type Expression,
  evaluate,
  evaluateCondition,
  type NameReference,
  parseExpression,
  rootNames,
} from './expression/expression.ts';
export { loadLibrariesFor } from './expression/libraries.ts';
export { plainText } from './expression/plain-text.ts';
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
export { extract, type OutputPath, parseOutputPath } from './path/output-path.ts';
export { type PluginSource, pluginNamed, type ReadProject, readProject } from './project/read-project.ts';
export type { ActionCatalogue, ActionRefusal } from './reading/catalogue.ts';
export { flowJsonSchema, type JsonSchemaDraft } from './reading/json-schema.ts';
export { CONTROL_FLOW } from './reading/keys.ts';
export { countOfRange, MOST_ITEMS } from './reading/loop-size.ts';
export { nestedIn, withNested } from './reading/mentions.ts';
export { type FlowText, type ReadResult, readFlow } from './reading/read-flow.ts';
export { type FrameLine, frame } from './source/frame.ts';
export { inOrder, renderDiagnostic } from './source/render.ts';
export { Source } from './source/source.ts';
export { didYouMean, suggest } from './source/suggest.ts';
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
