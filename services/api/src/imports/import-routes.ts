import { keptFiles } from '@testmesh/commands';
import { Problem } from '@testmesh/contracts';
import { editFlowText } from '@testmesh/flow';
import { IMPORT_TYPES, type ImportedFlows, importFlows, postmanCollection } from '@testmesh/imports';
import * as z from 'zod';
import { bulkResultWith, flowIds, forEachFlow } from '../bulk/each-flow.ts';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { flowBundle } from '../configuration/flow-body.ts';
import { readRequestedFlow, sentFiles } from '../configuration/read-stored-flow.ts';
import { accepted } from '../configuration/refusals.ts';
import { json, tagList } from '../configuration/wire.ts';
import { type Route, workspaceRoute } from '../http/route.ts';

// Flows from elsewhere, and for elsewhere. Invariants:
// I1. What is imported is checked as a flow that is sent by hand; an import keeps nothing that would not run.
// I2. Credentials of what is imported are in no flow and in no answer: their variables are named, not their values.

const tags = ['Import and export'];
const EXAMPLE_CONTENT = "curl https://shop.example/api/orders -H 'Authorization: Bearer abc'";
const MOST_FLOWS = 200;

const source = {
  type: z.enum(IMPORT_TYPES).optional(),
  content: z
    .string()
    .min(1)
    .max(9_000_000)
    .optional()
    .describe('curl commands, a HAR file, or a Postman collection (v2.1)'),
};

const parseRequest = z
  .strictObject({
    type: source.type.unwrap(),
    content: source.content.unwrap(),
    preview: z
      .literal(true, 'this route keeps nothing whatever is said: POST /import keeps flows')
      .optional()
      .describe('what this route always does'),
  })
  .meta({ id: 'ImportSource' });

const importRequest = z
  .strictObject({
    ...source,
    flows: z
      .array(
        z.strictObject({
          name: z.string().optional().describe('for the reader; the text says it'),
          yaml: z.string().min(1),
        }),
      )
      .min(1)
      .max(MOST_FLOWS)
      .optional()
      .describe('what `parseImport` answered, perhaps changed'),
    suite: z.string().trim().min(1).max(200).optional().describe('the suite of every flow'),
    tags: tagList.describe('tags of every flow'),
  })
  .refine(
    ({ type, content, flows }) =>
      flows === undefined ? type !== undefined && content !== undefined : type === undefined && content === undefined,
    {
      error: 'give either type and content, or flows',
    },
  )
  .meta({ id: 'ImportRequest' });

const needs = {
  variables: z.array(
    z.object({ name: z.string(), secret: z.boolean().describe('a credential stood there; its value is kept nowhere') }),
  ),
  notes: z.array(z.string()).describe('what was there and is not in the flows'),
};

const parsedImport = z
  .object({ flows: z.array(z.object({ name: z.string(), yaml: z.string(), requests: z.int() })), ...needs })
  .meta({ id: 'ParsedImport' });

const parse = ({ catalogue }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/import/parse',
    operationId: 'parseImport',
    summary: 'What would be imported',
    description: 'Reads curl commands, a HAR file or a Postman collection as flows, and keeps nothing.',
    tags,
    permission: 'flows:create',
    body: parseRequest,
    example: { type: 'curl', content: EXAMPLE_CONTENT },
    responses: { 200: parsedImport },
    handle: async ({ body: { type, content } }) => {
      const { flows, variables, notes } = importFlows(type, content);
      for (const { yaml } of flows) await readRequestedFlow({ yaml, files: {}, message: '' }, catalogue);
      return { status: 200, body: { flows: [...flows], variables: [...variables], notes: [...notes] } };
    },
  });

const imported = z
  .object({
    total: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })),
    flows: z.array(z.object({ id: z.guid(), name: z.string() })),
    ...needs,
  })
  .meta({ id: 'Import' });

type Asked = z.output<typeof importRequest>;

const textsOf = ({ type, content, flows = [] }: Asked): ImportedFlows =>
  type !== undefined && content !== undefined
    ? importFlows(type, content)
    : { flows: flows.map(({ yaml, name = '' }) => ({ name, yaml, requests: 0 })), variables: [], notes: [] };

/** The text with the suite and the tags that all are to have. */
const labelled = (yaml: string, { suite, tags: given }: Asked): string => {
  const inSuite = suite === undefined ? yaml : editFlowText(yaml, 'suite', suite);
  const text = given.length === 0 || inSuite === undefined ? inSuite : editFlowText(inSuite, 'tags', given);
  if (text !== undefined) return text;
  throw new Problem('cannot-be-done', 'suite and tags cannot be put into this text: put them there yourself');
};

const importAll = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/import',
    operationId: 'importFlows',
    summary: 'Keep flows from elsewhere',
    description: 'One that is refused stops none of the others; `errors` says which were, and why.',
    tags,
    permission: 'flows:create',
    body: importRequest,
    example: { type: 'curl', content: EXAMPLE_CONTENT, tags: ['imported'] },
    responses: { 201: imported },
    handle: async ({ body, caller, signal }) => {
      const { flows, variables, notes } = textsOf(body);
      const made: { id: string; name: string }[] = [];
      const errors: z.output<typeof imported>['errors'] = [];
      for (const [at, { yaml }] of flows.entries()) {
        signal.throwIfAborted();
        try {
          const { content, files } = await readRequestedFlow(
            { yaml: labelled(yaml, body), files: {}, message: '' },
            deps.catalogue,
          );
          const kept = { ...content, files: await keptFiles(deps.blobs, files) };
          const { id, name } = accepted(await deps.flows.create(caller, kept));
          made.push({ id, name });
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          errors.push({ pointer: `/flows/${at}`, code: error.code, message: error.message });
        }
      }
      const counts = { total: flows.length, succeeded: made.length, failed: errors.length, errors };
      return { status: 201, body: { ...counts, flows: made, variables: [...variables], notes: [...notes] } };
    },
  });

const exportRequest = z
  .strictObject({ flow_ids: flowIds, format: z.enum(['testmesh', 'postman']).default('testmesh') })
  .meta({ id: 'ExportRequest' });

const exported = bulkResultWith('Export', {
  format: z.enum(['testmesh', 'postman']),
  flows: z.array(z.object({ flow_id: z.guid(), name: z.string(), bundle: flowBundle })).optional(),
  collection: z.record(z.string(), json).optional().describe('a Postman collection (v2.1)'),
  notes: z.array(z.string()).describe('what the flows have and this does not'),
});

const exportAll = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/export',
    operationId: 'exportFlows',
    summary: 'Flows for elsewhere',
    description: 'As bundles that another server takes, or their HTTP requests as a Postman collection.',
    tags,
    permission: 'flows:view',
    body: exportRequest,
    example: { flow_ids: ['0190a000-0000-7000-8000-000000000001'], format: 'postman' },
    responses: { 200: exported },
    handle: async (request) => {
      const { format } = request.body;
      const { body, results } = await forEachFlow(deps, request, async (flow) => flow);
      if (format === 'postman') {
        const { collection, notes } = postmanCollection(
          'TestMesh',
          results.map(({ name, description, definition }) => ({
            name,
            description,
            definition: definition as Record<string, never>,
          })),
        );
        return { status: 200, body: { ...body, format, collection, notes: [...notes] } };
      }
      const flows = await Promise.all(
        results.map(async ({ id, name, file, text, files }) => ({
          flow_id: id,
          name,
          bundle: { entry: file, files: { [file]: text, ...(await sentFiles(deps.blobs, files)) } },
        })),
      );
      return { status: 200, body: { ...body, format, flows, notes: [] } };
    },
  });

export const importRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  parse(deps),
  importAll(deps),
  exportAll(deps),
];
