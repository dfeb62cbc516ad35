import { PROBLEMS } from '@testmesh/contracts';
import type { OpenApi } from '../http/openapi.ts';

// The reference as one plain page: no script, nothing from elsewhere.

type Json = Readonly<Record<string, unknown>>;

export const referencePage = (document: OpenApi): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>TestMesh API</title><style>${STYLE}</style></head>
<body>
<h1>TestMesh API</h1>
<p>${text(String(document.info['description'] ?? ''))} The same as a document: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<nav>${document.tags.map(({ name }) => `<a href="#${anchor(name)}">${text(name)}</a>`).join(' ')} <a href="#problems">Problems</a> <a href="#schemas">Schemas</a></nav>
${document.tags.map(({ name }) => section(name, document)).join('\n')}
<h2 id="problems">Problems</h2>
<p>An answer that is not what was asked for is <code>application/problem+json</code> (RFC 9457) with one of these codes.</p>
${Object.entries(PROBLEMS).map(problem).join('\n')}
<h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas).map(schema).join('\n')}
</body>
</html>
`;

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2937;background:#fff}' +
  'nav a{margin-right:1rem}code,pre{font:14px/1.4 ui-monospace,monospace;background:#f3f4f6}pre{padding:.75rem;overflow:auto}' +
  'h3{margin-top:2rem;border-top:1px solid #e5e7eb;padding-top:1rem}table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}';

const text = (raw: string): string =>
  raw
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const anchor = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

const section = (tag: string, { paths }: OpenApi): string => {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(
        ([, { tags, operationId }]) => (tags as string[]).includes(tag) && !String(operationId).endsWith('InWorkspace'),
      )
      .map(([method, operation]) => operationText(method, path, operation)),
  );
  return `<h2 id="${anchor(tag)}">${text(tag)}</h2>\n${operations.join('\n')}`;
};

const operationText = (method: string, path: string, operation: Json): string => `
<h3 id="${String(operation['operationId'])}"><code>${method.toUpperCase()} ${text(path)}</code></h3>
<p>${text(String(operation['summary']))}. ${text(String(operation['description'] ?? ''))}${permission(operation)}</p>
${parameterTable((operation['parameters'] ?? []) as readonly Json[])}
${body(operation['requestBody'] as Json | undefined)}
<p>Answers: ${answers(operation['responses'] as Json)}</p>`;

const permission = (operation: Json): string =>
  operation['x-permission'] === undefined ? '' : ` Needs <code>${String(operation['x-permission'])}</code>.`;

const parameterTable = (parameters: readonly Json[]): string =>
  parameters.length === 0
    ? ''
    : `<table><tr><th>name</th><th>in</th><th>type</th><th></th></tr>${parameters
        .map(
          ({ name, in: place, schema: type, description }) =>
            `<tr><td><code>${text(String(name))}</code></td><td>${String(place)}</td><td>${typeText(type as Json)}</td><td>${text(String(description ?? ''))}</td></tr>`,
        )
        .join('')}</table>`;

const typeText = (type: Json): string => {
  if (type['$ref'] !== undefined) return reference(String(type['$ref']));
  if (Array.isArray(type['enum'])) return type['enum'].map((item) => `<code>${text(String(item))}</code>`).join(' ');
  return text([type['type'], type['format']].filter((part) => part !== undefined).join(', '));
};

const reference = (ref: string): string => {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `<a href="#schema-${text(name)}">${text(name)}</a>`;
};

const body = (requestBody: Json | undefined): string => {
  if (requestBody === undefined) return '';
  const { schema: shape, example } = (requestBody['content'] as Record<string, Json>)['application/json'] as Json;
  const shown =
    (shape as Json)['$ref'] === undefined ? `<pre>${json(shape)}</pre>` : reference(String((shape as Json)['$ref']));
  return `<p>Body: ${shown}</p>${example === undefined ? '' : `<pre>${json(example)}</pre>`}`;
};

const json = (value: unknown): string => text(JSON.stringify(value, null, 2).replaceAll('`', '&#96;'));

const answers = (responses: Json): string =>
  Object.entries(responses)
    .map(([status, response]) => `<code>${status}</code> ${answerShape(response as Json)}`)
    .join(', ');

const answerShape = ({ content, description }: Json): string => {
  const [media] = Object.entries((content ?? {}) as Record<string, Json>);
  const shape = media?.[1]['schema'] as Json | undefined;
  return shape?.['$ref'] === undefined ? text(String(description)) : reference(String(shape['$ref']));
};

const problem = ([code, { status, title }]: [string, { readonly status: number; readonly title: string }]): string =>
  `<h3 id="problem-${code}"><code>${code}</code> (${status})</h3><p>${text(title)}.</p>`;

const schema = ([name, shape]: [string, Json]): string =>
  `<h3 id="schema-${text(name)}">${text(name)}</h3><pre>${json(shape)}</pre>`;
