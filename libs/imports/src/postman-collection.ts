import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';

// Flows as a Postman collection (v2.1), as far as one can say what they do: their HTTP requests, each flow a folder.

export interface ExportedFlow {
  readonly name: string;
  readonly description: string;
  /** What stands under `flow:`. */
  readonly definition: ValueMap;
}

export interface PostmanCollection {
  readonly collection: ValueMap;
  /** What the collection lacks. */
  readonly notes: readonly string[];
}

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

export const postmanCollection = (name: string, flows: readonly ExportedFlow[]): PostmanCollection => {
  const notes: string[] = [];
  const item = flows.map((flow) => folderOf(flow, notes));
  const env = Object.assign({}, ...flows.map(({ definition }) => mapOf(definition['env']))) as ValueMap;
  const variable = Object.entries(env).map(([key, value]) => ({ key, value: textOf(value) }));
  return { collection: { info: { name, schema: SCHEMA }, item, ...(variable.length > 0 && { variable }) }, notes };
};

const folderOf = ({ name, description, definition }: ExportedFlow, notes: string[]): ValueMap => {
  const steps = ['setup', 'steps', 'teardown'].flatMap((phase) => listOf(definition[phase]).map(mapOf));
  const item = steps.flatMap((step, at) => {
    const title = String(step['name'] ?? step['id'] ?? `step ${at + 1}`);
    const action = String(step['action'] ?? 'its control flow');
    if (action === 'http_request' || action === 'http')
      return [{ name: title, request: requestOf(mapOf(step['config'])) }];
    notes.push(`${name}: ${title} (${action}) has no counterpart and is left out`);
    return [];
  });
  return { name, ...(description !== '' && { description }), item };
};

const mapOf = (value: Value | undefined): ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ValueMap) : {};
const listOf = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);

/** `${name}` as `{{name}}`; a template that does more than name something stays as it stands. */
const named = (text: string): string =>
  text.replace(/(?<!\$)\$\{\s*([A-Za-z_]\w*)\s*\}/g, '{{$1}}').replaceAll('$${', '${');

const textOf = (value: Value | undefined): string =>
  typeof value === 'string' ? named(value) : value === undefined ? '' : named(stringifyJson(value));

const pairsOf = (value: Value | undefined): readonly { readonly key: string; readonly value: string }[] =>
  Object.entries(mapOf(value)).flatMap(([key, given]) =>
    [given].flat().flatMap((one) => (one === null || one === undefined ? [] : [{ key, value: textOf(one as Value) }])),
  );

const requestOf = (config: ValueMap): ValueMap => {
  const query = pairsOf(config['params'] ?? config['query_params'] ?? config['query']);
  const plain = textOf(config['url']);
  const added = query.map(({ key, value }) => `${key}=${value}`).join('&');
  const raw = added === '' ? plain : `${plain}${plain.includes('?') ? '&' : '?'}${added}`;
  const body = bodyOf(config);
  const auth = authOf(mapOf(config['auth']));
  return {
    method: String(config['method'] ?? (config['graphql'] === undefined ? 'GET' : 'POST')).toUpperCase(),
    header: [...pairsOf(config['headers'])],
    url: { raw, ...(query.length > 0 && { query: [...query] }) },
    ...(body !== undefined && { body }),
    ...(auth !== undefined && { auth }),
  };
};

const bodyOf = (config: ValueMap): ValueMap | undefined => {
  const { body, graphql } = config;
  const form = config['form'] ?? config['form_data'];
  if (form !== undefined) return { mode: 'urlencoded', urlencoded: [...pairsOf(form)] };
  if (config['multipart'] !== undefined) return { mode: 'formdata', formdata: partsOf(mapOf(config['multipart'])) };
  if (graphql !== undefined) {
    const { query, variables } = mapOf(graphql);
    return { mode: 'graphql', graphql: { query: textOf(query), variables: textOf(variables ?? {}) } };
  }
  if (body === undefined) return undefined;
  if (typeof body === 'string') return { mode: 'raw', raw: named(body) };
  return { mode: 'raw', raw: named(stringifyJson(body, 2)), options: { raw: { language: 'json' } } };
};

const partsOf = (parts: ValueMap): readonly ValueMap[] =>
  Object.entries(parts).flatMap(([key, given]) =>
    [given].flat().map((part): ValueMap => {
      const { file, value } = mapOf(part as Value);
      if (file !== undefined) return { key, type: 'file', src: textOf(file) };
      return { key, type: 'text', value: textOf(value ?? (part as Value)) };
    }),
  );

const authOf = (auth: ValueMap): ValueMap | undefined => {
  const attributes = (...keys: readonly string[]) =>
    keys.map((key) => ({ key, value: textOf(auth[key]), type: 'string' }));
  switch (auth['type']) {
    case 'basic':
      return { type: 'basic', basic: attributes('username', 'password') };
    case 'bearer':
      return { type: 'bearer', bearer: attributes('token') };
    case 'api_key': {
      const place = { key: 'in', value: textOf(auth['location'] ?? 'header'), type: 'string' };
      const given = [{ key: 'key', value: textOf(auth['name'] ?? 'X-API-Key'), type: 'string' }];
      return {
        type: 'apikey',
        apikey: [...given, { key: 'value', value: textOf(auth['key']), type: 'string' }, place],
      };
    }
    default:
      return undefined;
  }
};
