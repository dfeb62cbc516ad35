import type { Flow } from '../model/flow.ts';
import type { MapEntry, Node } from '../model/node.ts';
import { type Fields, readFields } from './fields.ts';
import { TEST_ENVIRONMENT_KEYS } from './keys.ts';
import { isTemplated, type Reading, readTemplate } from './reading.ts';
import { kindOf, readChoice, readCount, readMap, readTextSetting, wrongKind } from './values.ts';

type TestEnvironmentFields = Fields<keyof typeof TEST_ENVIRONMENT_KEYS>;

/** `test_environment: pr-123` names a context; a map says more. */
export const readTestEnvironment = (
  reading: Reading,
  entry: MapEntry | undefined,
): Flow['testEnvironment'] | undefined => {
  if (entry === undefined) return undefined;
  const { value: node, keySpan: span } = entry;
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    const context: MapEntry = { key: 'context', keySpan: span, value: node };
    return { wanted: readTemplate(reading, { kind: 'map', entries: [context], span: node.span }), span };
  }
  if (node.kind !== 'map') return wrongKind(reading, entry, 'a context such as pr-123, or a map');
  const fields = readFields(node, TEST_ENVIRONMENT_KEYS, { what: '`test_environment`', findings: reading.findings });
  if (fields.context === undefined) {
    reading.findings.error('TM1102', span, '`test_environment` needs `context`', {
      help: 'runs that name the same context share one environment, in turn',
    });
  }
  checkValues(reading, fields);
  const entries = Object.values(fields);
  return { wanted: readTemplate(reading, { ...node, entries }), span };
};

const checkValues = (reading: Reading, fields: TestEnvironmentFields): void => {
  readChoice(reading, fields.on_busy, TEST_ENVIRONMENT_KEYS.on_busy.shape.of);
  for (const key of ['wait_minutes', 'ttl_minutes', 'ready_within_minutes'] as const)
    readCount(reading, fields[key], 1);
  const texts = ['context', 'name', 'provider', 'provider_app_name', 'cluster', 'namespace'] as const;
  for (const key of texts) readTextSetting(reading, fields[key]);
  checkServices(reading, fields.services);
  checkTexts(reading, fields.routing_policy, 'the address of');
  const routing = readMap(reading, fields.routing);
  if (routing === undefined) return;
  const { headers } = readFields(routing, TEST_ENVIRONMENT_KEYS.routing.shape.of, {
    what: '`routing` of a `test_environment`',
    findings: reading.findings,
  });
  checkTexts(reading, headers, 'the header');
};

const checkServices = (reading: Reading, entry: MapEntry | undefined): void => {
  if (entry === undefined) return;
  if (entry.value.kind !== 'list') {
    wrongKind(reading, entry, 'a list of services');
    return;
  }
  for (const item of entry.value.items) {
    const has = item.kind === 'map' ? new Set(item.entries.map(({ key }) => key)) : undefined;
    if (has?.has('name') !== true) {
      reading.findings.error('TM1103', item.span, `a service is a map with a \`name\`, not ${kindOf(item)}`);
    }
  }
};

/** Texts under names of one's own; what a template gives is judged when it is known. */
const checkTexts = (reading: Reading, entry: MapEntry | undefined, what: string): void => {
  for (const { key, value } of readMap(reading, entry)?.entries ?? []) {
    if (isText(value)) continue;
    reading.findings.error('TM1103', value.span, `${what} \`${key}\` is a text, not ${kindOf(value)}`);
  }
};

const isText = (node: Node): boolean => isTemplated(node) || (node.kind === 'scalar' && typeof node.value === 'string');
