import type { Diagnostic } from '@testmesh/contracts';
import { checkCycles, SHORTEST_SECRET } from '../checks/definitions.ts';
import { readDocument } from '../document/read-document.ts';
import { loadLibrariesFor } from '../expression/libraries.ts';
import type { Definition, Environment } from '../model/flow.ts';
import type { MapEntry, MapNode, Node } from '../model/node.ts';
import { readActionConfig } from '../reading/action-config.ts';
import { type ActionCatalogue, loadSchemas } from '../reading/catalogue.ts';
import { type Fields, readFields } from '../reading/fields.ts';
import { checkName } from '../reading/outputs.ts';
import { isTemplated, type Reading, readTemplate, reportUnknownAction } from '../reading/reading.ts';
import { kindOf, readBoolean, readFixedText, readMap, wrongKind } from '../reading/values.ts';
import { Findings } from '../source/findings.ts';
import { inOrder } from '../source/render.ts';
import { Source } from '../source/source.ts';
import { type Template, templateNames } from '../template/template.ts';
import { ENVIRONMENT_KEYS, ROUTING_KEYS, VARIABLE_KEYS } from './keys.ts';

type EnvironmentFields = Fields<keyof typeof ENVIRONMENT_KEYS>;
type RoutingFields = Fields<keyof typeof ROUTING_KEYS>;
type Variable = Environment['variables'][number];

export interface ReadEnvironment {
  readonly environment?: Environment;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads `environments/NAME.yaml`; the body that the API takes is the same thing in JSON. */
export const readEnvironment = async (
  { file, text }: { readonly file: string; readonly text: string },
  name: string,
  catalogue: ActionCatalogue,
): Promise<ReadEnvironment> => {
  const source = new Source(file, text);
  const findings = new Findings();
  const { root, diagnostics } = readDocument(source);
  findings.add(diagnostics);
  if (root !== undefined && root.kind !== 'map') {
    findings.error('TM1103', root.span, `an environment is a map of keys and values, not ${kindOf(root)}`);
  }
  if (root?.kind !== 'map') return { diagnostics: inOrder(findings.all) };
  await loadLibrariesFor(source.text);
  const { names: actionNames, refusal } = catalogue;
  const reading: Reading = { source, findings, schemas: new Map(), actionNames, refusal };
  const fields = readFields(root, ENVIRONMENT_KEYS, { what: 'an environment', findings });
  const routing = readRouting(reading, fields);
  const schemas = await loadSchemas(keysOf(routing.overrides), catalogue);
  const parts = {
    variables: readVariables(reading, fields.variables),
    services: readServices(reading, routing.services),
    overrides: readOverrides({ ...reading, schemas }, routing.overrides),
    headers: readHeaders(reading, routing.headers),
  };
  checkCycles(new Map(parts.variables.map((variable) => [variable.name, variable])), findings);
  const environment: Environment = {
    name: readFixedText(reading, fields.name) ?? name,
    file,
    text: source.text,
    ...parts,
    protected: readBoolean(reading, fields.protected, false),
    mentions: mentionsOf(parts),
  };
  return { environment, diagnostics: inOrder(findings.all) };
};

type Parts = Pick<Environment, 'variables' | 'services' | 'overrides' | 'headers'>;

const mentionsOf = ({ variables, services, overrides, headers }: Parts): ReadonlySet<string> => {
  const templates = [...variables, ...services].map(({ template }) => template);
  const all = [...templates, ...overrides.values(), ...(headers ? [headers] : [])];
  return new Set(all.flatMap((template) => templateNames(template)).map(({ name }) => name));
};

/** `services`, `overrides` and `headers` stand under `routing` or at the top. */
const readRouting = (reading: Reading, top: EnvironmentFields): RoutingFields => {
  const map = readMap(reading, top.routing);
  const routing: RoutingFields =
    map === undefined ? {} : readFields(map, ROUTING_KEYS, { what: '`routing`', findings: reading.findings });
  const entryOf = (key: keyof typeof ROUTING_KEYS): RoutingFields => {
    if (routing[key] && top[key]) {
      reading.findings.error('TM1104', routing[key].keySpan, `\`${key}\` stands here and at the top; give one of them`);
    }
    const entry = routing[key] ?? top[key];
    return entry === undefined ? {} : { [key]: entry };
  };
  return { ...entryOf('services'), ...entryOf('overrides'), ...entryOf('headers') };
};

const keysOf = (entry: MapEntry | undefined): readonly string[] =>
  entry?.value.kind === 'map' ? entry.value.entries.map(({ key }) => key) : [];

const readVariables = (reading: Reading, entry: MapEntry | undefined): readonly Variable[] => {
  if (entry === undefined) return [];
  const { value: node } = entry;
  if (node.kind === 'map')
    return unique(
      reading,
      node.entries.flatMap((item) => namedVariable(reading, item)),
    );
  if (node.kind === 'list')
    return unique(
      reading,
      node.items.flatMap((item) => listedVariable(reading, item)),
    );
  return wrongKind(reading, entry, 'a map or a list of variables') ?? [];
};

const unique = ({ findings }: Reading, variables: readonly Variable[]): readonly Variable[] => {
  const seen = new Map<string, Variable>();
  for (const variable of variables) {
    const first = seen.get(variable.name);
    if (first === undefined) seen.set(variable.name, variable);
    else
      findings.error(
        'TM1003',
        variable.span,
        `\`${variable.name}\` is defined twice; the first is on line ${first.span.line}`,
      );
  }
  return [...seen.values()];
};

/** `NAME: value`, or `NAME: {value, is_secret, enabled}`. */
const namedVariable = (reading: Reading, { key, keySpan, value }: MapEntry): readonly Variable[] => {
  const isDetailed = value.kind === 'map' && value.entries.some((entry) => entry.key === 'value');
  if (isDetailed) return detailedVariable(reading, value, { key, keySpan, value });
  return variable(reading, { name: key, span: keySpan, value, secret: false });
};

/** `{key, value, is_secret, enabled}`, as the API takes them. */
const listedVariable = (reading: Reading, item: Node): readonly Variable[] => {
  if (item.kind === 'map') return detailedVariable(reading, item);
  reading.findings.error('TM1103', item.span, `a variable is a map {key, value}, not ${kindOf(item)}`);
  return [];
};

const detailedVariable = (reading: Reading, map: MapNode, named?: MapEntry): readonly Variable[] => {
  const fields = readFields(map, VARIABLE_KEYS, {
    what: 'a variable',
    findings: reading.findings,
    mayBeEmpty: ['value'],
  });
  const name = named?.key ?? readFixedText(reading, fields.key);
  const span = named?.keySpan ?? fields.key?.value.span ?? map.span;
  if (name === undefined || fields.value === undefined) {
    const missing = name === undefined ? 'key' : 'value';
    reading.findings.error('TM1102', map.span, `a variable needs \`${missing}\``);
    return [];
  }
  if (!readBoolean(reading, fields.enabled, true)) return [];
  const secret = readBoolean(reading, fields.is_secret, false);
  return variable(reading, { name, span, value: fields.value.value, secret });
};

interface WrittenVariable {
  readonly name: string;
  readonly span: Definition['span'];
  readonly value: Node;
  readonly secret: boolean;
}

const variable = (reading: Reading, { name, span, value, secret }: WrittenVariable): readonly Variable[] => {
  if (!checkName(reading, name, span)) return [];
  const isShort = secret && value.kind === 'scalar' && !isTemplated(value) && value.text.value.length < SHORTEST_SECRET;
  if (isShort) {
    const message = `the secret \`${name}\` is shorter than ${SHORTEST_SECRET} characters: masking it hides unrelated text too`;
    reading.findings.warning('TM2015', span, message);
  }
  return [{ name, span, secret, template: readTemplate(reading, value) }];
};

const readServices = (reading: Reading, entry: MapEntry | undefined): readonly Definition[] =>
  (readMap(reading, entry)?.entries ?? []).flatMap(({ key, keySpan, value }): Definition[] => {
    if (!checkName(reading, key, keySpan, 'service name')) return [];
    if (value.kind === 'scalar' && typeof value.value === 'string') {
      return [{ name: key, span: keySpan, template: readTemplate(reading, value) }];
    }
    reading.findings.error('TM1103', value.span, `the address of \`${key}\` is a text, not ${kindOf(value)}`);
    return [];
  });

const readOverrides = (reading: Reading, entry: MapEntry | undefined): ReadonlyMap<string, Template> => {
  const overrides = new Map<string, Template>();
  for (const item of readMap(reading, entry)?.entries ?? []) {
    const schema = reading.schemas.get(item.key);
    const map = readMap(reading, item);
    if (schema === undefined) {
      reportUnknownAction(reading, item.keySpan, item.key, reading.actionNames);
    } else if (overrides.has(schema.type)) {
      reading.findings.error('TM1104', item.keySpan, `\`${item.key}\` overrides ${schema.type} a second time`);
    } else if (map !== undefined) {
      overrides.set(schema.type, readActionConfig(reading, schema, map, { place: item.keySpan, partial: true }).config);
    }
  }
  return overrides;
};

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const NOT_IN_HEADER = /[^\t\x20-\x7e\x80-\xff]/;

const readHeaders = (reading: Reading, entry: MapEntry | undefined): Template | undefined => {
  const map = readMap(reading, entry);
  for (const { key, keySpan, value } of map?.entries ?? []) {
    if (!HEADER_NAME.test(key)) {
      reading.findings.error(
        'TM1109',
        keySpan,
        `\`${key}\` is no name of a header: letters, digits and dashes make one`,
      );
    }
    if (value.kind === 'scalar' && NOT_IN_HEADER.test(value.text.value)) {
      const message = `the header \`${key}\` holds a character that no header has, such as a line break`;
      reading.findings.error('TM1205', value.span, message);
    }
  }
  return map && readTemplate(reading, map);
};
