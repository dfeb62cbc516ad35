import type { Value } from '@testmesh/domain';
import type { ImportedAuth, ImportedBody, ImportedFile, ImportedGroup, ImportedRequest, Pair } from './imported.ts';
import { refusedContent } from './imported.ts';
import { isPlainJson, jsonBody, looksLikeJson } from './json-body.ts';
import { templateOf } from './postman-names.ts';
import { type PostmanAuth, type PostmanItem, type PostmanRequest, postmanFile } from './postman-shape.ts';
import { readJsonContent } from './read-json-content.ts';

// A Postman collection (v2.1): each folder that holds requests becomes a flow. Scripts are programs and are not converted;
// what is left out is said.

interface Within {
  readonly path: readonly string[];
  readonly auth: PostmanAuth | undefined;
}

export const readPostman = (text: string): ImportedFile => {
  const file = readJsonContent(postmanFile, text);
  const schema = file.info.schema ?? '';
  if (!schema.includes('v2.1') && !schema.includes('v2.0')) {
    throw refusedContent('it is no collection of Postman in the format v2.1: export it again as one');
  }
  const reader = new CollectionReader();
  reader.take(file.item, { path: [file.info.name], auth: file.auth ?? undefined }, file.info.description);
  reader.noteScripts(file.info.name, file.event);
  const values = file.variable.flatMap(({ key, value, disabled }): readonly Pair[] =>
    key === undefined || key === '' || disabled
      ? []
      : [[key, value === null || value === undefined ? '' : String(value)]],
  );
  if (reader.groups.length === 0) throw refusedContent('the collection has no requests');
  return { groups: reader.groups.map((group) => ({ ...group, values })), notes: reader.notes };
};

const saysJson = (body: Exclude<PostmanRequest, string>['body']): boolean => body?.options?.raw?.language === 'json';

/** The type of data is said where it is not the usual one; a body that is sent as text is of the type of texts. */
const headersWith = (
  body: ImportedBody | undefined,
  headers: readonly Pair[],
  { body: given }: Exclude<PostmanRequest, string>,
): readonly Pair[] => {
  const isType = ([name]: Pair) => /^content-type$/i.test(name);
  if (body === undefined || body.kind === 'text') return headers;
  const rest = headers.filter((header) => !isType(header));
  const types = headers.filter(isType);
  if (body.kind !== 'json' || types.some(([, type]) => isPlainJson(type))) return rest;
  if (types.length > 0) return headers;
  return saysJson(given) ? rest : [...rest, ['Content-Type', 'text/plain']];
};

class CollectionReader {
  readonly groups: ImportedGroup[] = [];
  readonly notes: string[] = [];

  take(items: readonly PostmanItem[], within: Within, description?: unknown): void {
    const requests = items.flatMap((item) =>
      item.request === undefined ? [] : [this.#request(item, item.request, within)],
    );
    if (requests.length > 0) {
      const told = typeof description === 'string' && description !== '' ? { description } : {};
      this.groups.push({ name: within.path.join(' / '), requests, ...told });
    }
    for (const folder of items) {
      if (folder.item === undefined) continue;
      const path = [...within.path, folder.name];
      this.noteScripts(path.join(' / '), folder.event);
      this.take(folder.item, { path, auth: folder.auth ?? within.auth }, folder.description);
    }
  }

  noteScripts(where: string, events: readonly unknown[]): void {
    if (events.length > 0) this.notes.push(`${where}: its scripts are not converted`);
  }

  #request({ name, event }: PostmanItem, request: PostmanRequest, { path, auth }: Within): ImportedRequest {
    const where = [...path, name].join(' / ');
    this.noteScripts(where, event);
    if (typeof request === 'string') return { name, method: 'GET', url: this.#text(request, where), headers: [] };
    const body = this.#body(request, where);
    const own = this.#auth(request.auth ?? auth, where);
    const given = (typeof request.header === 'string' ? [] : request.header).filter(({ disabled }) => !disabled);
    const headers = given.map(({ key, value }): Pair => [key, this.#text(value ?? '', where)]);
    const pathValues = typeof request.url === 'string' ? [] : request.url.variable;
    return {
      name,
      method: request.method.toUpperCase(),
      url: this.#url(request.url, where),
      headers: headersWith(body, headers, request),
      ...(pathValues.length > 0 && {
        pathValues: pathValues.map(({ key, value }): Pair => [key, this.#text(value ?? '', where)]),
      }),
      ...(body !== undefined && { body }),
      ...(own !== undefined && { auth: own }),
    };
  }

  #text(text: string, where: string): string {
    return templateOf(text, (name) =>
      this.notes.push(`${where}: {{${name}}} has no counterpart; a variable of this name is asked for`),
    );
  }

  #url(url: Exclude<PostmanRequest, string>['url'], where: string): string {
    const { raw, variable } = typeof url === 'string' ? { raw: url, variable: [] } : url;
    const filled = variable.reduce(
      (path, { key, value }) =>
        path.replace(new RegExp(`/:${key.replace(/\W/g, '')}(?=[/?#]|$)`), () => `/${value ?? ''}`),
      raw,
    );
    const text = this.#text(filled, where);
    return /^(?:\$\{|https?:)/i.test(text) ? text : `http://${text}`;
  }

  #body({ body, header }: Exclude<PostmanRequest, string>, where: string): ImportedBody | undefined {
    const text = (given: string | null | undefined) => this.#text(given ?? '', where);
    const fields = body?.urlencoded?.filter(({ disabled }) => !disabled) ?? [];
    if (body?.mode === undefined) return undefined;
    switch (body.mode) {
      case 'raw': {
        if ((body.raw ?? '') === '') return undefined;
        const types = typeof header === 'string' ? [] : header.map(({ key, value }) => `${key}: ${value}`);
        const isJson =
          saysJson(body) || types.some((line) => /^content-type:.*json/i.test(line)) || looksLikeJson(body.raw ?? '');
        return isJson ? jsonBody(text(body.raw)) : { kind: 'text', text: text(body.raw) };
      }
      case 'urlencoded':
        return { kind: 'form', fields: fields.map(({ key, value }) => [key, text(value)]) };
      case 'formdata':
        return {
          kind: 'multipart',
          fields: (body.formdata ?? [])
            .filter(({ disabled }) => !disabled)
            .map(({ key, value, type, src }) =>
              type === 'file' ? { name: key, file: [src ?? ''].flat()[0] ?? '' } : ([key, text(value)] as const),
            ),
        };
      case 'graphql': {
        const variables = jsonBody(text(body.graphql?.variables));
        const given: { variables?: Value } = variables.kind === 'json' ? { variables: variables.value } : {};
        return { kind: 'graphql', query: text(body.graphql?.query), ...given };
      }
      default:
        this.notes.push(`${where}: a body of the kind ${body.mode} is left out`);
        return undefined;
    }
  }

  #auth(auth: PostmanAuth | undefined, where: string): ImportedAuth | undefined {
    if (auth === undefined || auth.type === 'noauth') return undefined;
    const of = (key: string): string => {
      const value = auth[auth.type as 'basic']?.find((one) => one.key === key)?.value;
      return this.#text(typeof value === 'string' ? value : '', where);
    };
    switch (auth.type) {
      case 'basic':
        return { type: 'basic', username: of('username'), password: of('password') };
      case 'bearer':
        return { type: 'bearer', token: of('token') };
      case 'apikey':
        return {
          type: 'api_key',
          key: of('value'),
          name: of('key'),
          location: of('in') === 'query' ? 'query' : 'header',
        };
      default:
        this.notes.push(`${where}: its authorization ${auth.type} is left out`);
        return undefined;
    }
  }
}
