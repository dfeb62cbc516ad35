import type { Span } from '@testmesh/domain';
import type {
  Condition,
  ConditionStep,
  ForEachStep,
  ParallelStep,
  RunFlowStep,
  Step,
  WaitUntilStep,
} from '../model/flow.ts';
import type { MapEntry, Node } from '../model/node.ts';
import { constantTemplate, type Template } from '../template/template.ts';
import { type Fields, readFields } from './fields.ts';
import {
  BRANCH_KEYS,
  type CONDITION_KEYS,
  type FOR_EACH_KEYS,
  type PARALLEL_KEYS,
  RANGE_KEYS,
  type RUN_FLOW_KEYS,
  type WAIT_UNTIL_KEYS,
} from './keys.ts';
import { checkSize } from './loop-size.ts';
import { checkName } from './outputs.ts';
import { fixed, isTemplated, readCondition, readTemplate, readTextTemplate } from './reading.ts';
import type { StepReading } from './step-reading.ts';
import {
  kindOf,
  readBoolean,
  readChoice,
  readCount,
  readDuration,
  readFixedText,
  readMap,
  readNumber,
  readTextSetting,
  wrongKind,
} from './values.ts';

type Own<S extends { kind: string }, K extends keyof S> = Pick<S, K | ('kind' & keyof S)>;

export const readParallel = (
  reading: StepReading,
  fields: Fields<keyof typeof PARALLEL_KEYS>,
  action: Span,
): Own<ParallelStep, 'branches' | 'maxConcurrent' | 'failFast'> | undefined => {
  const branches = readBranches(reading, fields, action);
  const maxConcurrent = readCount(reading, fields.max_concurrent, 1);
  if (branches === undefined) return undefined;
  return {
    kind: 'parallel',
    branches,
    ...(maxConcurrent && { maxConcurrent }),
    failFast: readBoolean(reading, fields.fail_fast, true),
  };
};

const readBranches = (
  reading: StepReading,
  { branches, steps }: Fields<'branches' | 'steps'>,
  action: Span,
): ParallelStep['branches'] | undefined => {
  if (branches !== undefined && steps !== undefined) {
    const message = '`parallel` has `branches` and `steps`; give one of them';
    reading.findings.error('TM1113', steps.keySpan, message);
    return undefined;
  }
  const given = branches ?? steps;
  if (given === undefined || holdsNothing(given.value)) {
    reading.findings.error('TM1204', given?.keySpan ?? action, 'parallel needs `branches` or `steps` that it runs');
    return undefined;
  }
  if (branches === undefined) return reading.steps(given).map((step) => ({ name: step.id, steps: [step] }));
  const { value: node } = branches;
  if (node.kind === 'list') return node.items.map((item, index) => readBranch(reading, item, `branch_${index}`));
  if (node.kind === 'map') return node.entries.map(({ key, value }) => readBranch(reading, value, key));
  return wrongKind(reading, branches, 'a list of branches');
};

const readBranch = (reading: StepReading, node: Node, name: string): ParallelStep['branches'][number] => {
  const entry = { key: name, keySpan: node.span, value: node };
  if (holdsNothing(node)) {
    reading.findings.error(
      'TM1204',
      node.span,
      `the branch \`${name}\` has no steps: it would pass without running any`,
    );
    return { name, steps: [] };
  }
  if (node.kind === 'list') return { name, steps: reading.steps(entry) };
  const map = readMap(reading, entry);
  if (map === undefined) return { name, steps: [] };
  // A branch of a single step may be that step itself.
  if (map.entries.some(({ key }) => key === 'action')) {
    return { name, steps: reading.steps({ ...entry, value: { kind: 'list', items: [map], span: map.span } }) };
  }
  const fields = readFields(map, BRANCH_KEYS, { what: 'a branch', findings: reading.findings });
  if (fields.steps === undefined) reading.findings.error('TM1102', map.span, 'a branch needs `steps`');
  else if (holdsNothing(fields.steps.value)) {
    reading.findings.error('TM1204', fields.steps.keySpan, 'a branch needs `steps`: it would pass without running any');
  }
  return { name: readFixedText(reading, fields.name) ?? name, steps: reading.steps(fields.steps) };
};

const holdsNothing = (node: Node): boolean =>
  (node.kind === 'list' && node.items.length === 0) || (node.kind === 'map' && node.entries.length === 0);

type ForEachKey =
  | 'over'
  | 'itemName'
  | 'indexName'
  | 'places'
  | 'steps'
  | 'maxConcurrent'
  | 'maxIterations'
  | 'continueOnError'
  | 'allowEmpty';

export const readForEach = (
  reading: StepReading,
  fields: Fields<keyof typeof FOR_EACH_KEYS>,
  action: Span,
): Own<ForEachStep, ForEachKey> | undefined => {
  const over = readItems(reading, fields, action);
  const steps = neededSteps(reading, fields.steps, action);
  const maxConcurrent = readCount(reading, fields.max_concurrent, 1) ?? fixed(1, action);
  const maxIterations = readCount(reading, fields.max_iterations, 1);
  if (over === undefined) return undefined;
  checkSize(reading, { over, maxIterations });
  return {
    kind: 'for_each',
    over,
    itemName: readName(reading, fields.item_name, 'item'),
    indexName: readName(reading, fields.index_name, 'index'),
    places: {
      over: SOURCES.flatMap((key) => fields[key]?.value.span ?? [])[0] ?? action,
      itemName: fields.item_name?.value.span ?? action,
      indexName: fields.index_name?.value.span ?? action,
    },
    steps,
    maxConcurrent,
    ...(maxIterations && { maxIterations }),
    continueOnError: readBoolean(reading, fields.continue_on_error, false),
    allowEmpty: readBoolean(reading, fields.allow_empty, false),
  };
};

const SOURCES = ['items', 'range', 'items_from_glob', 'items_from_file'] as const;

const readItems = (
  reading: StepReading,
  fields: Fields<(typeof SOURCES)[number]>,
  action: Span,
): ForEachStep['over'] | undefined => {
  const given = SOURCES.flatMap((key) => fields[key] ?? []);
  const [entry, second] = given;
  if (entry === undefined) {
    reading.findings.error('TM1204', action, `for_each needs one of ${SOURCES.join(', ')}`);
    return undefined;
  }
  if (second !== undefined) {
    const message = `for_each has \`${entry.key}\` and \`${second.key}\`; give one of them`;
    reading.findings.error('TM1113', second.keySpan, message);
    return undefined;
  }
  if (fields.items) return readItemList(reading, fields.items);
  if (fields.range) return readRange(reading, fields.range);
  const template = readTextValue(reading, entry);
  if (template === undefined) return undefined;
  return fields.items_from_glob ? { kind: 'glob', pattern: template } : { kind: 'rows', file: template };
};

const readItemList = (reading: StepReading, entry: MapEntry): ForEachStep['over'] | undefined => {
  const { value: node } = entry;
  if (node.kind === 'list' || isTemplated(node)) return { kind: 'items', template: readTemplate(reading, node) };
  const hint =
    node.kind === 'scalar' && typeof node.value === 'string' ? { suggestion: `write "\${${node.value}}"` } : {};
  reading.findings.error(
    'TM1103',
    node.span,
    `\`items\` is a list or a template that gives one, not ${kindOf(node)}`,
    hint,
  );
  return undefined;
};

const readRange = (reading: StepReading, entry: MapEntry): ForEachStep['over'] | undefined => {
  const map = readMap(reading, entry);
  if (map === undefined) return undefined;
  const fields = readFields(map, RANGE_KEYS, { what: '`range`', findings: reading.findings });
  const end = readNumber(reading, fields.end);
  if (fields.end === undefined) reading.findings.error('TM1102', entry.keySpan, '`range` needs `end`');
  if (end === undefined) return undefined;
  const start = readNumber(reading, fields.start) ?? fixed(1, map.span);
  const step = readNumber(reading, fields.step) ?? fixed(1, map.span);
  if (step.kind === 'fixed' && step.value === 0) {
    reading.findings.error('TM1111', step.span, 'a `step` of 0 never arrives');
    return undefined;
  }
  return { kind: 'range', start, end, step };
};

const readTextValue = (reading: StepReading, entry: MapEntry): Template | undefined => {
  const setting = readTextSetting(reading, entry);
  if (setting === undefined) return undefined;
  return setting.kind === 'template' ? setting.template : constantTemplate(setting.value);
};

const readName = (reading: StepReading, entry: MapEntry | undefined, otherwise: string): string => {
  const name = readFixedText(reading, entry);
  if (name === undefined || entry === undefined) return otherwise;
  return checkName(reading, name, entry.value.span) ? name : otherwise;
};

export const readConditionStep = (
  reading: StepReading,
  fields: Fields<keyof typeof CONDITION_KEYS>,
  action: Span,
): Own<ConditionStep, 'condition' | 'then' | 'else'> | undefined => {
  const condition = neededCondition(reading, fields.condition, { name: 'condition', span: action });
  const then = reading.steps(fields.then);
  const otherwise = reading.steps(fields.else);
  if (then.length === 0 && otherwise.length === 0) {
    reading.findings.error('TM1204', action, 'condition needs `then` or `else`: steps that depend on it');
  }
  return condition && { kind: 'condition', condition, then, else: otherwise };
};

export const readWaitUntil = (
  reading: StepReading,
  fields: Fields<keyof typeof WAIT_UNTIL_KEYS>,
  action: Span,
): Own<WaitUntilStep, 'condition' | 'stopIf' | 'steps' | 'intervalMs' | 'maxDurationMs' | 'onTimeout'> | undefined => {
  const condition = neededCondition(reading, fields.condition, { name: 'wait_until', span: action });
  const stopIf = fields.stop_if && readCondition(reading, fields.stop_if.value);
  const steps = reading.steps(fields.steps);
  const intervalMs = readDuration(reading, fields.interval) ?? fixed(1000, action);
  const maxDurationMs = readDuration(reading, fields.max_duration) ?? fixed(30_000, action);
  const onTimeout = readChoice(reading, fields.on_timeout, ['fail', 'continue']) ?? 'fail';
  if (condition === undefined) return undefined;
  return { kind: 'wait_until', condition, ...(stopIf && { stopIf }), steps, intervalMs, maxDurationMs, onTimeout };
};

export const readRunFlow = (
  reading: StepReading,
  fields: Fields<keyof typeof RUN_FLOW_KEYS>,
  action: Span,
): Own<RunFlowStep, 'flow' | 'input' | 'inputPlaces' | 'inputFile' | 'inheritEnv'> | undefined => {
  const flow = readTextSetting(reading, fields.flow);
  if (fields.flow === undefined) {
    reading.findings.error('TM1204', action, "run_flow needs `flow`: the other flow's file");
  }
  const input = readInput(reading, fields.input);
  const inputFile = readTextSetting(reading, fields.input_file);
  const inheritEnv = readBoolean(reading, fields.inherit_env, true);
  const inputPlaces = placesOf(fields.input);
  return flow && { kind: 'run_flow', flow, input, inputPlaces, ...(inputFile && { inputFile }), inheritEnv };
};

const neededCondition = (
  reading: StepReading,
  entry: MapEntry | undefined,
  action: { name: string; span: Span },
): Condition | undefined => {
  if (entry !== undefined) return readCondition(reading, entry.value);
  reading.findings.error('TM1204', action.span, `${action.name} needs \`condition\``);
  return undefined;
};

const neededSteps = (reading: StepReading, entry: MapEntry | undefined, action: Span): readonly Step[] => {
  if (entry === undefined || holdsNothing(entry.value))
    reading.findings.error('TM1204', action, 'for_each needs `steps`');
  return reading.steps(entry);
};

const readInput = (reading: StepReading, entry: MapEntry | undefined): Template => {
  if (entry === undefined) return constantTemplate({});
  if (isTemplated(entry.value)) return readTextTemplate(reading, entry.value.text);
  const map = readMap(reading, entry);
  return map === undefined ? constantTemplate({}) : readTemplate(reading, map);
};

const placesOf = (entry: MapEntry | undefined): RunFlowStep['inputPlaces'] =>
  new Map(
    entry?.value.kind === 'map'
      ? entry.value.entries.map(({ key, keySpan, value }) => [key, { key: keySpan, value: value.span }])
      : [],
  );
