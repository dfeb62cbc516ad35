import { Problem } from '@testmesh/contracts';
import type { StoredFlow } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { readRequestedFlow, sentFiles } from '../configuration/read-stored-flow.ts';
import { accepted, found } from '../configuration/refusals.ts';
import type { Caller } from '../http/route.ts';

// The same done to many flows, one after the other, each as a single request would do it. Invariants:
// M1. What one flow refuses is told with its id and stops none of the others.
// M2. Each change is a version and an audit event of its own, and is refused when the flow was changed meanwhile.

const MOST_FLOWS = 200;

export const flowIds = z
  .array(z.guid())
  .min(1)
  .max(MOST_FLOWS)
  .transform((ids) => [...new Set(ids.map((id) => id.toLowerCase()))]);

const bulkError = z.object({ flow_id: z.guid(), code: z.string(), message: z.string() }).meta({ id: 'BulkError' });

const counts = { total: z.int(), succeeded: z.int(), failed: z.int(), errors: z.array(bulkError) };

export const bulkResult = z.object(counts).meta({ id: 'BulkResult' });

/** What was done, with what came of each flow. */
export const bulkResultWith = <Shape extends z.ZodRawShape>(id: string, shape: Shape) =>
  z.object({ ...counts, ...shape }).meta({ id });

interface Asked {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly body: { readonly flow_ids: readonly string[] };
}

export interface Bulk<Result> {
  readonly body: z.output<typeof bulkResult>;
  /** Of those that succeeded, in the order of the request. */
  readonly results: readonly Result[];
}

export const forEachFlow = async <Result>(
  { flows }: Pick<ConfigurationDeps, 'flows'>,
  { caller: { workspace }, signal, body: { flow_ids: ids } }: Asked,
  work: (flow: StoredFlow) => Promise<Result>,
): Promise<Bulk<Result>> => {
  const results: Result[] = [];
  const errors: z.output<typeof bulkError>[] = [];
  for (const id of ids) {
    signal.throwIfAborted();
    try {
      results.push(await work(found(await flows.byId(workspace, id), `flow ${id}`)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      errors.push({ flow_id: id, code: error.code, message: error.message });
    }
  }
  const body = { total: ids.length, succeeded: results.length, failed: errors.length, errors };
  return { body, results };
};

type RewriteDeps = Pick<ConfigurationDeps, 'flows' | 'blobs' | 'catalogue'>;

/** The flow with another text, checked as a changed flow is. */
export const rewrittenFlow = async (
  { blobs, catalogue }: RewriteDeps,
  flow: StoredFlow,
  { text, file = flow.file }: { readonly text: string; readonly file?: string },
) => {
  const files = await sentFiles(blobs, flow.files);
  const { content } = await readRequestedFlow({ yaml: text, file, files, message: '' }, catalogue);
  return { ...content, files: flow.files };
};

export const keepRewritten = async (
  deps: RewriteDeps,
  caller: Caller,
  flow: StoredFlow,
  { text, message }: { readonly text: string; readonly message: string },
): Promise<StoredFlow> => {
  if (text === flow.text) return flow;
  const content = await rewrittenFlow(deps, flow, { text });
  return accepted(await deps.flows.update(caller, { id: flow.id, seen: flow.version, message }, content));
};
