import { projectFile, projectFiles, projectPath } from '@testmesh/contracts';
import type { StoredFlow } from '@testmesh/store-postgres';
import * as z from 'zod';
import { instant, json } from './wire.ts';

/** What POST and PUT take: a flow's text, and the files it names. */
export const flowRequest = z
  .strictObject({
    yaml: z.string().min(1).max(2_000_000).optional().describe('the flow as a file holds it, under `flow:` or bare'),
    definition: z.record(z.string(), json).optional().describe('the same as an object'),
    file: projectPath.optional().describe('where its diagnostics point, and what its other paths are relative to'),
    files: projectFiles.default({}).describe('further files that the flow names, by path'),
    message: z.string().max(500).default('').describe('what changed, for the list of versions'),
  })
  .refine(({ yaml, definition }) => (yaml === undefined) !== (definition === undefined), {
    error: 'give the flow as exactly one of yaml and definition',
  })
  .meta({ id: 'FlowRequest' });
export type FlowRequest = z.output<typeof flowRequest>;

export const flowBody = z
  .object({
    id: z.guid(),
    workspace_id: z.guid(),
    name: z.string(),
    description: z.string(),
    suite: z.string(),
    tags: z.array(z.string()),
    file: z.string(),
    files: z.array(z.string()).describe('paths of the further files kept with it'),
    yaml: z.string(),
    definition: json,
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Flow' });

/** As a run request takes it. */
export const flowBundle = z
  .object({ entry: z.string(), files: z.record(z.string(), projectFile) })
  .meta({ id: 'FlowBundle' });

export const flowOf = (workspace: string, flow: StoredFlow) => ({
  id: flow.id,
  workspace_id: workspace,
  name: flow.name,
  description: flow.description,
  suite: flow.suite,
  tags: flow.tags,
  file: flow.file,
  files: Object.keys(flow.files),
  yaml: flow.text,
  definition: flow.definition,
  version: flow.version,
  created_at: flow.createdAt.toISOString(),
  updated_at: flow.updatedAt.toISOString(),
});

export const flowVersionBody = z
  .object({
    version: z.int(),
    name: z.string(),
    yaml: z.string(),
    author: z.string(),
    message: z.string(),
    created_at: instant,
  })
  .meta({ id: 'FlowVersion' });

export const flowWarning = z.object({
  code: z.string().optional(),
  severity: z.enum(['error', 'warning']).optional(),
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
  suggestion: z.string().optional(),
  help: z.string().optional(),
});
