import type { Phase, Value } from '@testmesh/domain';
import type { Definition, Flow, InputDeclaration, Step } from '../model/flow.ts';
import type { MapEntry, MapNode } from '../model/node.ts';
import { type Fields, isEmpty, readFields, warnOfEmptyKey } from './fields.ts';
import { FLOW_CONFIG_KEYS, FLOW_KEYS, INPUT_KEYS, RESOURCES_KEYS } from './keys.ts';
import { mentionsOf } from './mentions.ts';
import { checkName, readFlowOutputs } from './outputs.ts';
import { type Reading, readTemplate } from './reading.ts';
import { readRetry } from './retry.ts';
import { stepReading } from './steps.ts';
import { readTestEnvironment } from './test-environment.ts';
import {
  checkLength,
  plainValue,
  readBoolean,
  readChoice,
  readDuration,
  readFixedText,
  readMap,
  readPlacedTexts,
  readTags,
  readText,
} from './values.ts';

type FlowFields = Fields<keyof typeof FLOW_KEYS>;

/** The flow in its canonical form; what could not be read has been reported and is left out. */
export const readFlowMap = (reading: Reading, map: MapNode, hash: string): Flow => {
  const entries = map.entries.filter(({ key }) => !key.startsWith('x-'));
  const fields = readFields({ ...map, entries }, FLOW_KEYS, { what: 'a flow', findings: reading.findings });
  const description = readText(reading, fields.description);
  const suite = readText(reading, fields.suite);
  if (suite !== undefined && fields.suite) checkLength(reading, suite, fields.suite.value.span, "suite's name");
  const envFile = readFixedText(reading, fields.env_file);
  const limits = readLimits(reading, fields);
  const testEnvironment = readTestEnvironment(reading, fields.test_environment);
  const secrets = readPlacedTexts(reading, fields.secrets);
  const steps = readPhases(reading, { ...fields, ...(limits.retry && { retry: limits.retry }) }, map);
  const flow = {
    name: readName(reading, fields, map),
    file: reading.source.file,
    hash,
    text: reading.source.text,
    ...(description !== undefined && { description }),
    ...(suite !== undefined && { suite }),
    tags: readTags(reading, fields.tags),
    secrets: secrets.map(({ text }) => text),
    secretSpans: new Map(secrets.map(({ text, span }) => [text, span])),
    ...(envFile !== undefined && fields.env_file && { envFile: { path: envFile, span: fields.env_file.value.span } }),
    env: readDefinitions(reading, fields.env),
    inputs: readInputs(reading, fields.inputs),
    outputs: readFlowOutputs(reading, fields.outputs),
    ...limits.settings,
    restartable: readBoolean(reading, fields.restartable, false),
    exclusive: readExclusive(reading, fields.resources),
    ...(testEnvironment && { testEnvironment }),
    ...steps,
    span: fields.name?.value.span ?? map.entries[0]?.keySpan ?? map.span,
  };
  return { ...flow, mentions: mentionsOf(flow) };
};

const readName = (reading: Reading, { name: entry }: FlowFields, map: MapNode): string => {
  const name = readFixedText(reading, entry)?.trim();
  if (name && entry) checkLength(reading, name, entry.value.span, "flow's name");
  if (name) return name;
  const fromFile = reading.source.file.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/i, '') || 'flow';
  const place = entry?.keySpan ?? map.entries[0]?.keySpan ?? map.span;
  reading.findings.warning('TM1106', place, `the flow has no name; it is called \`${fromFile}\` after its file`);
  return fromFile;
};

type LimitKey = keyof typeof FLOW_CONFIG_KEYS;
type Limits = Pick<Flow, 'timeoutMs' | 'teardownTimeoutMs' | 'failFast'>;

/** Settings of the whole flow stand under `config` or on the flow itself. */
const readLimits = (reading: Reading, flow: FlowFields): { settings: Limits; retry: MapEntry | undefined } => {
  const map = readMap(reading, flow.config);
  const config: Fields<LimitKey> =
    map === undefined
      ? {}
      : readFields(map, FLOW_CONFIG_KEYS, { what: "the flow's `config`", findings: reading.findings });
  const entryOf = (key: LimitKey): MapEntry | undefined => {
    if (config[key] && flow[key]) {
      reading.findings.error('TM1104', config[key].keySpan, `\`${key}\` stands here and on the flow; give one of them`);
    }
    return config[key] ?? flow[key];
  };
  const timeoutMs = readDuration(reading, entryOf('timeout'));
  const teardownTimeoutMs = readDuration(reading, entryOf('teardown_timeout'));
  const settings = {
    ...(timeoutMs && { timeoutMs }),
    ...(teardownTimeoutMs && { teardownTimeoutMs }),
    failFast: readBoolean(reading, entryOf('fail_fast'), true),
  };
  return { settings, retry: entryOf('retry') };
};

const readPhases = (reading: Reading, fields: FlowFields, map: MapNode): Record<Phase, readonly Step[]> => {
  const retry = readRetry(reading, fields.retry);
  let count = 0;
  const phase = (name: Phase) =>
    stepReading({ ...reading, phase: name, retry, nextNumber: () => ++count }).steps(fields[name]);
  const isEmptyList = fields.steps?.value.kind === 'list' && fields.steps.value.items.length === 0;
  if (fields.steps === undefined || isEmptyList) {
    const place = fields.steps?.keySpan ?? map.entries[0]?.keySpan ?? map.span;
    reading.findings.error('TM1114', place, 'the flow has no `steps`');
  }
  return { setup: phase('setup'), steps: phase('steps'), teardown: phase('teardown') };
};

const readDefinitions = (reading: Reading, entry: MapEntry | undefined): Definition[] =>
  (readMap(reading, entry)?.entries ?? []).flatMap((item): Definition[] => {
    if (!checkName(reading, item.key, item.keySpan)) return [];
    if (isEmpty(item.value)) {
      warnOfEmptyKey(item, reading.findings);
      return [];
    }
    return [{ name: item.key, template: readTemplate(reading, item.value), span: item.keySpan }];
  });

const readExclusive = (reading: Reading, entry: MapEntry | undefined): readonly string[] => {
  const map = readMap(reading, entry);
  if (map === undefined) return [];
  const { exclusive } = readFields(map, RESOURCES_KEYS, { what: '`resources`', findings: reading.findings });
  return readPlacedTexts(reading, exclusive).flatMap(({ text, span }) =>
    checkLength(reading, text, span, "resource's name") ? [text] : [],
  );
};

const readInputs = (reading: Reading, entry: MapEntry | undefined): InputDeclaration[] => {
  if (entry?.value.kind === 'list') {
    return entry.value.items.flatMap((item) => {
      const name = item.kind === 'scalar' ? item.text.value : '';
      if (!checkName(reading, name, item.span)) return [];
      return [{ name, type: 'any', required: true, span: item.span }];
    });
  }
  return (readMap(reading, entry)?.entries ?? []).flatMap((item) =>
    checkName(reading, item.key, item.keySpan) ? readInput(reading, item) : [],
  );
};

const readInput = (reading: Reading, entry: MapEntry): InputDeclaration[] => {
  const { key: name, keySpan: span, value: node } = entry;
  if (isEmpty(node)) return [{ name, type: 'any', required: true, span }];
  const map = readMap(reading, entry);
  if (map === undefined) return [];
  const fields = readFields(map, INPUT_KEYS, { what: `input \`${name}\``, findings: reading.findings });
  const type = readChoice(reading, fields.type, INPUT_KEYS.type.shape.of) ?? 'any';
  const standard = fields.default && plainValue(fields.default.value);
  if (fields.default && standard !== undefined) checkDefault(reading, type, standard, fields.default);
  const description = readText(reading, fields.description);
  return [
    {
      name,
      type,
      required: readBoolean(reading, fields.required, standard === undefined),
      ...(standard !== undefined && { default: standard }),
      ...(description !== undefined && { description }),
      span,
    },
  ];
};

const checkDefault = (reading: Reading, type: InputDeclaration['type'], value: Value, entry: MapEntry): void => {
  if (type === 'any' || typeOf(value) === type) return;
  reading.findings.error('TM1103', entry.value.span, `the default is of type ${typeOf(value)}, not ${type}`);
};

const typeOf = (value: Value): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value;
  return typeof value === 'number' || value.constructor !== Object ? 'number' : 'object';
};
