import { beside, childFlows, detailOf, type Files } from '@testmesh/commands';
import type { Diagnostic } from '@testmesh/contracts';
import { Problem } from '@testmesh/contracts';
import { escapedForYaml, stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { type ActionCatalogue, checkFlow, documentValue, type Flow, NEEDS_ENVIRONMENT, readFlow } from '@testmesh/flow';
import type { BlobStore } from '@testmesh/ports';
import type { FlowContent } from '@testmesh/store-postgres';
import type { FlowRequest } from './flow-body.ts';

export interface ReadFlow {
  readonly content: FlowContent;
  readonly files: Files;
  readonly warnings: readonly Diagnostic[];
}

/** A flow as it was sent, checked as far as it can be without an environment; an invalid one is refused with every diagnostic. */
export const readRequestedFlow = async (
  { yaml, definition, file: given, files: sent }: FlowRequest,
  catalogue: ActionCatalogue,
): Promise<ReadFlow> => {
  const text = yaml ?? `${escapedForYaml(stringifyJson(definition as Value, 2))}\n`;
  const document = documentValue({ file: given ?? 'flow.yaml', text });
  const file = given ?? `flows/${slugOf(document)}.yaml`;
  const read = await readFlow({ file, text }, catalogue);
  const files: Files = new Map(Object.entries(sent).map(([path, content]) => [path, bytesOf(content)]));
  const checked = read.flow === undefined ? [] : await statically(read.flow, files, catalogue);
  const diagnostics = [...read.diagnostics, ...checked];
  if (read.flow === undefined || diagnostics.some(({ severity }) => severity === 'error')) throw invalid(diagnostics);
  const { name, description = '', suite = '', tags } = read.flow;
  const content = { name, description, suite, tags, file, text, definition: bare(document), files: {} };
  return { content, files, warnings: diagnostics };
};

/** The files kept with a flow, as a request sends them. */
export const sentFiles = async (blobs: BlobStore, files: Readonly<Record<string, string>>) => {
  const sent: Record<string, { readonly base64: string }> = {};
  for (const [path, hash] of Object.entries(files)) {
    const bytes = await blobs.get(hash);
    if (bytes === undefined) throw new Error(`${path} (${hash}) is not in the blob store`);
    sent[path] = { base64: Buffer.from(bytes).toString('base64') };
  }
  return sent;
};

const bytesOf = (file: string | { readonly base64: string }): Uint8Array =>
  typeof file === 'string' ? Buffer.from(file) : Buffer.from(file.base64, 'base64');

/** What holds in every environment; names that one would define are asked for when the flow is run. */
const statically = async (flow: Flow, files: Files, catalogue: ActionCatalogue): Promise<readonly Diagnostic[]> => {
  const children = await childFlows(flow, files, catalogue);
  const checked = checkFlow(flow, {
    environment: undefined,
    variables: new Set(),
    children: (path, from) => children.get(beside(from.file, path) ?? ''),
  });
  return checked.filter(({ code }) => code !== NEEDS_ENVIRONMENT);
};

const asMap = (value: Value | undefined): ValueMap | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ValueMap) : undefined;

/** What stands under `flow:`, or the document itself where that key was left out. */
const bare = (document: Value | undefined): ValueMap => {
  const map = asMap(document) ?? {};
  return asMap(map['flow']) ?? map;
};

const slugOf = (document: Value | undefined): string => {
  const { name } = bare(document);
  const slug = String(name ?? '')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  return slug === '' ? 'flow' : slug;
};

const invalid = (diagnostics: readonly Diagnostic[]): Problem => {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const place = first === undefined ? '' : `${first.span.file}:${first.span.line}:${first.span.column}: `;
  const text = first === undefined ? 'the text is no flow' : `${first.code} ${first.message}${more}`;
  return new Problem('flow-invalid', `${place}${text}`, { errors: diagnostics.map(detailOf) });
};
