import { Problem } from '@testmesh/contracts';
import { editFlowText, valuesOfKey } from '@testmesh/flow';
import type { StoredFlow } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { flowBundle } from '../configuration/flow-body.ts';
import { sentFiles } from '../configuration/read-stored-flow.ts';
import { accepted } from '../configuration/refusals.ts';
import { type Route, workspaceRoute } from '../http/route.ts';
import { bulkResult, bulkResultWith, flowIds, forEachFlow, keepRewritten, rewrittenFlow } from './each-flow.ts';
import { replaceWithin } from './find-replace.ts';

const tags = ['Flows'];
const EXAMPLE_IDS = ['0190a000-0000-7000-8000-000000000001'];
const SAME = 'Each flow is changed as a single request would do it; `errors` says which were not, and why.';

const tagRequest = z
  .strictObject({ flow_ids: flowIds, tags: z.array(z.string().trim().min(1).max(100)).min(1).max(50) })
  .meta({ id: 'BulkTagsRequest' });

const cannotEdit = (what: string): Problem =>
  new Problem('cannot-be-done', `the ${what} of this flow cannot be replaced in its text: change the text itself`);

const changeTags = (
  deps: ConfigurationDeps,
  verb: 'add' | 'remove',
  next: (old: readonly string[], given: readonly string[]) => readonly string[],
): Route =>
  workspaceRoute({
    method: 'POST',
    path: `/bulk/flows/tags/${verb}`,
    operationId: verb === 'add' ? 'addTagsToFlows' : 'removeTagsFromFlows',
    summary: verb === 'add' ? 'Add tags to many flows' : 'Remove tags from many flows',
    description: `${SAME} A flow that has them already, or has none of them, is left as it is.`,
    tags,
    permission: 'flows:edit',
    body: tagRequest,
    example: { flow_ids: EXAMPLE_IDS, tags: ['nightly'] },
    responses: { 200: bulkResult },
    handle: async (request) => {
      const given = request.body.tags;
      const message = `${verb === 'add' ? 'added' : 'removed'} the tags ${given.join(', ')}`;
      const { body } = await forEachFlow(deps, request, async (flow) => {
        const wanted = next(flow.tags, given);
        if (wanted.length === flow.tags.length) return flow;
        const text = editFlowText(flow.text, 'tags', wanted);
        if (text === undefined) throw cannotEdit('tags');
        return keepRewritten(deps, request.caller, flow, { text, message });
      });
      return { status: 200, body };
    },
  });

const added = (old: readonly string[], given: readonly string[]) => [...new Set([...old, ...given])];
const removed = (old: readonly string[], given: readonly string[]) => old.filter((tag) => !given.includes(tag));

const remove = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/bulk/flows/delete',
    operationId: 'deleteFlows',
    summary: 'Delete many flows',
    description: SAME,
    tags,
    permission: 'flows:delete',
    body: z.strictObject({ flow_ids: flowIds }),
    example: { flow_ids: EXAMPLE_IDS },
    responses: { 200: bulkResult },
    handle: async (request) => {
      const { body } = await forEachFlow(deps, request, async ({ id, version }) =>
        accepted(await deps.flows.remove(request.caller, { id, seen: version })),
      );
      return { status: 200, body };
    },
  });

const duplicate = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/bulk/flows/duplicate',
    operationId: 'duplicateFlows',
    summary: 'Copy many flows',
    description: `A copy has the name of its flow and the suffix, or a number behind it where that name is taken. ${SAME}`,
    tags,
    permission: 'flows:create',
    body: z.strictObject({ flow_ids: flowIds, suffix: z.string().trim().min(1).max(50).default('copy') }),
    example: { flow_ids: EXAMPLE_IDS, suffix: 'copy' },
    responses: {
      201: bulkResultWith('BulkCopies', {
        copies: z.array(z.object({ flow_id: z.guid(), copy_id: z.guid(), name: z.string() })),
      }),
    },
    handle: async (request) => {
      const { body, results } = await forEachFlow(deps, request, async (flow) => {
        const copy = await copyOf(deps, request.caller, flow, request.body.suffix);
        return { flow_id: flow.id, copy_id: copy.id, name: copy.name };
      });
      return { status: 201, body: { ...body, copies: results } };
    },
  });

const MOST_COPIES = 50;

const copyOf = async (
  deps: ConfigurationDeps,
  caller: Parameters<typeof deps.flows.create>[0],
  flow: StoredFlow,
  suffix: string,
): Promise<StoredFlow> => {
  for (let number = 1; number <= MOST_COPIES; number++) {
    const numbered = number === 1 ? suffix : `${suffix} ${number}`;
    const name = `${flow.name} (${numbered})`;
    const text = editFlowText(flow.text, 'name', name);
    if (text === undefined) throw cannotEdit('name');
    const file = flow.file.replace(/(\.[^./]+)?$/, (end) => `-${slug(numbered)}${end}`);
    const made = await deps.flows.create(caller, await rewrittenFlow(deps, flow, { text, file }));
    if (made.ok || made.refusal !== 'NameTaken') return accepted(made);
  }
  throw new Problem('conflict', `there are ${MOST_COPIES} copies of ${flow.name} already: give another suffix`);
};

const slug = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-') || 'copy';

const exportAll = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/bulk/flows/export',
    operationId: 'exportFlowBundles',
    summary: 'Many flows with the files kept beside them',
    description: 'Each as a bundle that `createExecution` takes.',
    tags,
    permission: 'flows:view',
    body: z.strictObject({ flow_ids: flowIds }),
    example: { flow_ids: EXAMPLE_IDS },
    responses: {
      200: bulkResultWith('BulkBundles', {
        flows: z.array(z.object({ flow_id: z.guid(), name: z.string(), version: z.int(), bundle: flowBundle })),
      }),
    },
    handle: async (request) => {
      const { body, results } = await forEachFlow(deps, request, async (flow) => ({
        flow_id: flow.id,
        name: flow.name,
        version: flow.version,
        bundle: { entry: flow.file, files: { [flow.file]: flow.text, ...(await sentFiles(deps.blobs, flow.files)) } },
      }));
      return { status: 200, body: { ...body, flows: results } };
    },
  });

const replaceRequest = z
  .strictObject({
    flow_ids: flowIds,
    find: z.string().min(1).max(1000).describe('text within one line, as it stands in the flow; no pattern'),
    replace: z.string().max(10_000),
    match_case: z.boolean().default(true),
    whole_word: z.boolean().default(false),
    in_field: z.string().min(1).max(100).optional().describe('only in values of this key, at any depth: `url`'),
    preview: z.boolean().default(false).describe('say what would be replaced, and change nothing'),
  })
  .meta({ id: 'FindReplaceRequest' });

const replaceAnswer = bulkResultWith('FindReplaceResult', {
  preview: z.boolean(),
  matches: z.array(
    z.object({
      flow_id: z.guid(),
      name: z.string(),
      version: z.int().describe('after the change'),
      count: z.int(),
      lines: z.array(z.object({ line: z.int(), before: z.string(), after: z.string() })),
    }),
  ),
});

const findReplace = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/bulk/flows/find-replace',
    operationId: 'findAndReplaceInFlows',
    summary: 'Replace a text in many flows',
    description: `${SAME} A preview checks the changed flows, too. Flows without a match are left as they are.`,
    tags,
    permission: 'flows:edit',
    body: replaceRequest,
    example: { flow_ids: EXAMPLE_IDS, find: 'http://old', replace: 'http://new', in_field: 'url', preview: true },
    responses: { 200: replaceAnswer },
    handle: async (request) => {
      const { find, replace, in_field: field, preview, match_case: matchCase, whole_word: wholeWord } = request.body;
      const message = `replaced ${JSON.stringify(find)} by ${JSON.stringify(replace)}`.slice(0, 500);
      const { body, results } = await forEachFlow(deps, request, async (flow) => {
        const within = field === undefined ? [{ start: 0, end: flow.text.length }] : valuesOfKey(flow.text, field);
        const { text, count, lines } = replaceWithin(flow.text, { find, replace, matchCase, wholeWord }, within);
        const told = { flow_id: flow.id, name: flow.name, count, lines };
        if (count === 0) return { ...told, version: flow.version };
        if (preview) await rewrittenFlow(deps, flow, { text });
        const { version } = preview ? flow : await keepRewritten(deps, request.caller, flow, { text, message });
        return { ...told, version };
      });
      const matches = results.filter(({ count }) => count > 0);
      return { status: 200, body: { ...body, preview, matches } };
    },
  });

/** What is done to many flows at once. */
export const bulkRoutes = (deps: ConfigurationDeps): readonly Route[] => [
  changeTags(deps, 'add', added),
  changeTags(deps, 'remove', removed),
  remove(deps),
  duplicate(deps),
  exportAll(deps),
  findReplace(deps),
];
