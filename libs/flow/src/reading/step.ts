import type { ActionSchema } from '@testmesh/contracts';
import type { Span } from '@testmesh/domain';
import type { AssertionGroup } from '../assertion/assertion.ts';
import type { Step } from '../model/flow.ts';
import type { MapEntry, MapNode, Node } from '../model/node.ts';
import { readActionConfig } from './action-config.ts';
import { readAssertions } from './assertions.ts';
import { readConditionStep, readForEach, readParallel, readRunFlow, readWaitUntil } from './control-flow.ts';
import { type Fields, readFields, spellings } from './fields.ts';
import { CONTROL_FLOW, type ControlFlow, type Keys, STEP_KEYS } from './keys.ts';
import { reportUnknownAction } from './reading.ts';
import { keysAt } from './schema-keys.ts';
import { readStepBase, type StepBase, type StepFields } from './step-base.ts';
import type { StepReading } from './step-reading.ts';
import { kindOf, readFixedText, readMap } from './values.ts';

/** One step; undefined when it is too broken to stand for anything, which has been reported then. */
export const readStep = (reading: StepReading, node: Node): Step | undefined => {
  if (node.kind !== 'map') {
    reading.findings.error('TM1103', node.span, `a step is a map with \`action\`, not ${kindOf(node)}`);
    return undefined;
  }
  const name = readFixedText(
    reading,
    node.entries.find(({ key }) => key === 'action'),
  );
  const control = name !== undefined && Object.hasOwn(CONTROL_FLOW, name) ? (name as ControlFlow) : undefined;
  const { ofStep, ofAction } = divide(node, control);
  const fields = readFields({ ...node, entries: ofStep }, STEP_KEYS, {
    what: 'a step',
    findings: reading.findings,
    mayBeEmpty: ['assert', 'assert_any', 'assert_none'],
    unknown: (entry) => reportMisplaced(reading, entry, name),
  });
  const schema = control === undefined ? schemaOf(reading, node, fields, name) : undefined;
  const base = readStepBase(reading, fields, schema?.type ?? name ?? 'step', firstLine(node));
  if (control !== undefined) return readControlFlow(reading, control, base, { fields, ofAction });
  return schema && readActionStep(reading, schema, base, fields);
};

// A step as a whole is shown by its first line; its parts have places of their own.
const firstLine = ({ entries, span }: MapNode): Span => {
  const [first] = entries;
  if (first === undefined) return span;
  const { keySpan, value } = first;
  const end = value.span.line === keySpan.line && value.span.endLine === keySpan.line ? value.span : keySpan;
  return { ...keySpan, endLine: end.endLine, endColumn: end.endColumn };
};

/** An action that runs nested steps takes its settings from `config` and from the step itself. */
const divide = (node: MapNode, control: ControlFlow | undefined): { ofStep: MapEntry[]; ofAction: MapEntry[] } => {
  if (control === undefined) return { ofStep: [...node.entries], ofAction: [] };
  const own = spellings(CONTROL_FLOW[control].keys);
  const everyStep = spellings(STEP_KEYS);
  const condition = node.entries.some(({ key }) => key === 'condition' || key === 'expression' || key === 'config');
  const isOwn = ({ key }: MapEntry) =>
    own.has(key) && (!everyStep.has(key) || (control === 'condition' && key === 'when' && !condition));
  return { ofStep: node.entries.filter((entry) => !isOwn(entry)), ofAction: node.entries.filter(isOwn) };
};

const schemaOf = (
  reading: StepReading,
  node: MapNode,
  { action }: StepFields,
  name: string | undefined,
): ActionSchema | undefined => {
  const { findings, schemas, actionNames } = reading;
  if (action === undefined) {
    findings.error('TM1202', firstLine(node), 'the step has no `action`', { help: 'such as action: http_request' });
    return undefined;
  }
  const schema = name === undefined ? undefined : schemas.get(name);
  if (name !== undefined && schema === undefined) {
    const known = [...actionNames, ...Object.keys(CONTROL_FLOW)];
    reportUnknownAction(reading, action.value.span, name, known);
  }
  return schema;
};

const readActionStep = (reading: StepReading, schema: ActionSchema, base: StepBase, { config }: StepFields): Step => {
  const map = config && readMap(reading, config);
  const { settings, assertions } = withoutAssertions(
    map ?? { kind: 'map', entries: [], span: base.actionSpan },
    schema,
  );
  const place = config?.keySpan ?? base.actionSpan;
  const isUnreadable = config !== undefined && map === undefined;
  const read = readActionConfig(reading, schema, settings, { place, partial: isUnreadable });
  const asserts = [...base.asserts, ...assertions.flatMap(({ entry, group }) => readAssertions(reading, entry, group))];
  return { kind: 'action', ...base, asserts, ...read, schema, configSpan: map?.span ?? base.actionSpan };
};

const GROUPS: Readonly<Record<string, AssertionGroup>> = {
  assert: 'all',
  assertions: 'all',
  expression: 'all',
  assert_any: 'any',
  assert_none: 'none',
};

/** Assertions within `config` are the step's own: those the action leaves unrendered, and lists it has no key for. */
const withoutAssertions = (config: MapNode, schema: ActionSchema) => {
  const own = new Set(keysAt(schema.config, []));
  const groupOf = ({ key }: MapEntry): AssertionGroup | undefined => {
    const isAssertion = own.has(key) ? schema.unrendered?.includes(key) : key !== 'expression';
    return isAssertion && Object.hasOwn(GROUPS, key) ? GROUPS[key] : undefined;
  };
  const assertions = config.entries.flatMap((entry) => {
    const group = groupOf(entry);
    return group === undefined ? [] : [{ entry, group }];
  });
  // What the action declares itself stays, for its schema to judge.
  const settings = { ...config, entries: config.entries.filter((entry) => own.has(entry.key) || !groupOf(entry)) };
  return { settings, assertions };
};

const readControlFlow = (
  reading: StepReading,
  control: ControlFlow,
  base: StepBase,
  { fields: { config }, ofAction }: { fields: StepFields; ofAction: readonly MapEntry[] },
): Step | undefined => {
  const inConfig = (config && readMap(reading, config)?.entries) ?? [];
  const map: MapNode = { kind: 'map', entries: [...inConfig, ...ofAction], span: base.span };
  const place = { what: `action ${control}`, findings: reading.findings };
  const fields = <K extends string>(keys: Record<K, Keys[string]>): Fields<K> => readFields(map, keys, place);
  const read = {
    parallel: () => readParallel(reading, fields(CONTROL_FLOW.parallel.keys), base.actionSpan),
    for_each: () => readForEach(reading, fields(CONTROL_FLOW.for_each.keys), base.actionSpan),
    condition: () => readConditionStep(reading, fields(CONTROL_FLOW.condition.keys), base.actionSpan),
    wait_until: () => readWaitUntil(reading, fields(CONTROL_FLOW.wait_until.keys), base.actionSpan),
    run_flow: () => readRunFlow(reading, fields(CONTROL_FLOW.run_flow.keys), base.actionSpan),
  }[control]();
  return read && { ...base, ...read };
};

/** Reports a key that is unknown to a step but has its place elsewhere; false for any other. */
const reportMisplaced = (reading: StepReading, { key, keySpan }: MapEntry, name: string | undefined): boolean => {
  const schema = name === undefined ? undefined : reading.schemas.get(name);
  const isConfig = schema !== undefined && (key in schema.keyAliases || keysAt(schema.config, []).includes(key));
  const isAction = reading.actionNames.includes(key) || Object.hasOwn(CONTROL_FLOW, key);
  if (!isConfig && !isAction) return false;
  reading.findings.error('TM1101', keySpan, `unknown key \`${key}\` in a step`, {
    suggestion: isConfig ? 'it belongs under `config`' : `write \`action: ${key}\`, its settings under \`config\``,
  });
  return true;
};
