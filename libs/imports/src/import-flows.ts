import type { Value, ValueMap } from '@testmesh/domain';
import { Concealer } from './concealed.ts';
import { readCurl } from './curl.ts';
import { readHar } from './har.ts';
import {
  type ImportedAuth,
  type ImportedBody,
  type ImportedFile,
  type ImportedGroup,
  type ImportedRequest,
  literal,
  refusedContent,
} from './imported.ts';
import { readPostman } from './postman.ts';
import { variableName } from './postman-names.ts';
import { isSecretName } from './secret-names.ts';
import { yamlText } from './yaml-text.ts';

/** What can be imported. */
export const IMPORT_TYPES = ['curl', 'har', 'postman'] as const;
export type ImportType = (typeof IMPORT_TYPES)[number];

interface ImportedFlow {
  readonly name: string;
  readonly yaml: string;
  readonly requests: number;
}

/** A name that the flows mention and do not define. */
interface NeededVariable {
  readonly name: string;
  /** A credential stood there; its value is kept nowhere. */
  readonly secret: boolean;
}

export interface ImportedFlows {
  readonly flows: readonly ImportedFlow[];
  readonly variables: readonly NeededVariable[];
  readonly notes: readonly string[];
}

const READERS: Readonly<Record<ImportType, (text: string) => ImportedFile>> = {
  curl: readCurl,
  har: readHar,
  postman: readPostman,
};
const MOST_REQUESTS = 1000;

/** Flows of what another tool keeps: a step for each request, a variable for each credential. */
export const importFlows = (type: ImportType, content: string): ImportedFlows => {
  const { groups, notes } = READERS[type](content);
  const total = groups.reduce((sum, { requests }) => sum + requests.length, 0);
  if (total > MOST_REQUESTS) throw refusedContent(`${MOST_REQUESTS} requests are imported at once, this has ${total}`);
  const concealer = new Concealer(groups.flatMap(({ values = [] }) => values));
  const concealed = groups.map((group) => concealer.group(group)).map((group) => concealer.swept(group));
  const needed = new Map<string, NeededVariable>();
  const flows = named(concealed).map((group) => {
    const flow = flowOf(group, concealer);
    const secrets = new Set(flow['secrets'] as readonly string[] | undefined);
    const defined = new Set(Object.keys((flow['env'] as ValueMap | undefined) ?? {}));
    for (const name of mentioned(flow)) {
      if (!defined.has(name)) needed.set(name, { name, secret: secrets.has(name) });
    }
    return { name: group.name, yaml: yamlText({ flow }), requests: group.requests.length };
  });
  return { flows, variables: [...needed.values()], notes: [...new Set(notes.map((note) => concealer.shown(note)))] };
};

/** Two folders may have one name; two flows may not. */
const named = (groups: readonly ImportedGroup[]): readonly ImportedGroup[] => {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const times = (seen.get(group.name) ?? 0) + 1;
    seen.set(group.name, times);
    return times === 1 ? group : { ...group, name: `${group.name} (${times})` };
  });
};

const MENTION = /(?<!\$)\$\{(?:number\()?([A-Za-z_]\w*)\)?\}/g;
const BUILT_IN: ReadonlySet<string> = new Set(['UUID', 'TIMESTAMP', 'ISO_TIMESTAMP']);

const mentioned = (value: Value): readonly string[] => {
  if (typeof value === 'string') {
    return [...value.matchAll(MENTION)].flatMap(([, name = '']) => (BUILT_IN.has(name) ? [] : [name]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap(mentioned))];
};

const flowOf = ({ name, description, requests, values = [] }: ImportedGroup, concealer: Concealer): ValueMap => {
  const steps = stepsOf(requests);
  const used = new Set(mentioned(steps));
  const own = values
    .map(([given, value]) => [variableName(given), value] as const)
    .filter(([variable]) => used.has(variable));
  const env = Object.fromEntries(own.filter(([, value]) => value !== ''));
  for (const variable of mentioned(env)) used.add(variable);
  const hidden = new Set([...concealer.names, ...own.map(([variable]) => variable).filter(isSecretName)]);
  const secrets = [...hidden].filter((variable) => used.has(variable));
  return {
    name,
    ...(description !== undefined && { description }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(secrets.length > 0 && { secrets }),
    steps,
  };
};

const stepsOf = (requests: readonly ImportedRequest[]): readonly ValueMap[] => {
  const taken = new Set<string>();
  return requests.map((request) => {
    const title = request.name ?? `${request.method} ${pathOf(request.url)}`;
    const wanted = slug(title);
    let id = wanted;
    for (let at = 2; taken.has(id); at++) id = `${wanted}_${at}`;
    taken.add(id);
    const expected = request.status === undefined ? 'status < 400' : `status == ${request.status}`;
    return {
      id,
      name: literal(title.replaceAll('$', '')),
      action: 'http_request',
      config: configOf(request),
      assert: [expected],
    };
  });
};

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';

const slug = (text: string): string => {
  const words = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
  return /^[a-z]/.test(words) ? words : `step_${words}`.replace(/_$/, '');
};

const configOf = ({
  method,
  url,
  headers,
  body,
  auth,
  followsRedirects,
  checksCertificate,
}: ImportedRequest): ValueMap => ({
  method,
  url,
  ...(headers.length > 0 && { headers: fieldsOf(headers, ', ') }),
  ...(auth !== undefined && { auth: authOf(auth) }),
  ...(body !== undefined && bodyOf(body)),
  ...(followsRedirects === false && { follow_redirects: false }),
  ...(checksCertificate === false && { verify_ssl: false }),
});

const authOf = (auth: ImportedAuth): ValueMap => ({ ...auth });

/** What comes more than once is a list, or one text where there can be only one. */
const fieldsOf = (pairs: readonly (readonly [string, string])[], joint?: string): ValueMap => {
  const fields = new Map<string, readonly string[]>();
  for (const [name, value] of pairs) fields.set(name, [...(fields.get(name) ?? []), value]);
  return Object.fromEntries(
    [...fields].map(([name, all]) => [
      name,
      all.length === 1 ? (all[0] ?? '') : joint === undefined ? all : all.join(joint),
    ]),
  );
};

const bodyOf = (body: ImportedBody): ValueMap => {
  switch (body.kind) {
    case 'json':
      return { body: body.value };
    case 'text':
      return { body: body.text };
    case 'form':
      return { form: fieldsOf(body.fields) };
    case 'multipart':
      return {
        multipart: Object.fromEntries(
          body.fields.map((field) => ('file' in field ? [field.name, { file: field.file }] : [field[0], field[1]])),
        ),
      };
    case 'graphql':
      return { graphql: { query: body.query, ...(body.variables !== undefined && { variables: body.variables }) } };
  }
};
