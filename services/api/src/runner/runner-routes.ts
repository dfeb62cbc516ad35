import { createHash } from 'node:crypto';
import { Problem, placementParts } from '@testmesh/contracts';
import { canonicalJson, parseJson, type Value, type ValueMap } from '@testmesh/domain';
import type { Dataset } from '@testmesh/store-postgres';
import * as z from 'zod';
import { demand } from '../access/authentication.ts';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { idOnce } from '../configuration/once.ts';
import { accepted } from '../configuration/refusals.ts';
import { environmentToRunIn, json } from '../configuration/wire.ts';
import { contentOf, rowsIn } from '../datasets/dataset-body.ts';
import { datasetRunBody, runRequest, shownDatasetRun } from '../datasets/dataset-run-body.ts';
import { startDatasetRun } from '../datasets/start-dataset-run.ts';
import { type Caller, type Route, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';

// Flows over rows that come with the request: the rows become a dataset, and the runs are runs over it. The same rows are
// the same dataset.

const tags = ['Datasets'];
const SHOWN = 20;
const EXAMPLE = { type: 'csv' as const, content: 'email,country\nada@example.com,DE\n' };

const text = (type: 'csv' | 'json') => z.strictObject({ type: z.literal(type), content: z.string().min(1) });
const textSource = z.discriminatedUnion('type', [text('csv'), text('json')]);
const rows = z
  .array(z.record(z.string().trim().min(1).max(100), json))
  .min(1)
  .max(100_000);
const dataSource = z.discriminatedUnion('type', [
  text('csv'),
  text('json').describe('a list of objects with the same keys'),
  z.strictObject({ type: z.literal('inline'), data: rows }),
]);
type DataSource = z.output<typeof dataSource>;

const refused = (message: string): Problem =>
  new Problem('invalid-request', message, { errors: [{ pointer: '/content', message }] });

const listIn = (content: string): z.output<typeof rows> => {
  const read = rows.safeParse(parsed(content));
  if (read.success) return read.data;
  throw refused(`the JSON is no list of objects: ${read.error.issues[0]?.message ?? ''}`);
};

const parsed = (content: string): Value => {
  try {
    return parseJson(content);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw refused(`it is no JSON: ${cause.message}`);
  }
};

const tableIn = (source: DataSource) => {
  if (source.type === 'inline') return rowsIn({ rows: source.data });
  return source.type === 'csv' ? rowsIn({ csv: source.content }) : rowsIn({ rows: listIn(source.content) });
};

const parseData = (): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/runner/parse-data',
    operationId: 'parseRunnerData',
    summary: 'The columns and the first rows of a table',
    description: 'Reads it as `runWithData` would, and keeps nothing.',
    tags,
    permission: 'collections:view',
    body: textSource,
    example: EXAMPLE,
    responses: {
      200: z
        .object({ columns: z.array(z.string()), row_count: z.int(), rows: z.array(z.record(z.string(), json)) })
        .meta({ id: 'ParsedData' }),
    },
    handle: async ({ body }) => {
      const { columns, rows: all } = tableIn(body);
      return { status: 200, body: { columns: [...columns], row_count: all.length, rows: all.slice(0, SHOWN) } };
    },
  });

const runnerRequest = z
  .strictObject({
    flow_ids: z.array(z.guid()).min(1).max(20).describe('each runs once per row'),
    data_source: dataSource,
    iterations: z.int().min(1).max(1000).default(1).describe('how often all rows are gone through'),
    variables: runRequest.shape.variables,
    variable_mapping: runRequest.shape.mapping,
    ...environmentToRunIn,
    parallel: z
      .union([z.boolean(), z.int().min(1).max(100)])
      .default(false)
      .describe('rows of a flow that go at once; `true` is 5, `false` one after the other'),
    stop_on_error: runRequest.shape.stop_on_failure,
    ...placementParts,
  })
  .meta({ id: 'RunnerRequest' });
type RunnerRequest = z.output<typeof runnerRequest>;

const runWithData = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/runner/run',
    operationId: 'runWithData',
    summary: 'Run flows once per row of a table that comes along',
    description:
      'The rows are kept as a dataset, the same rows once, so the key needs collections:create, too; what came of them stands under `/datasets/ID/runs/ID`.',
    tags,
    permission: 'flows:run',
    headers: [IDEMPOTENCY_KEY],
    body: runnerRequest,
    example: { flow_ids: ['0190a000-0000-7000-8000-000000000001'], data_source: EXAMPLE },
    responses: { 202: z.object({ dataset_id: z.guid(), runs: z.array(datasetRunBody) }).meta({ id: 'RunnerRun' }) },
    handle: async (request) => {
      const { body, caller } = request;
      demand(caller, 'collections:create');
      await demandFlows(deps, caller, body.flow_ids);
      const { id } = await idOnce(deps, request, 'runWithData');
      const dataset = await datasetFor(deps, caller, body);
      const { environment, confirm_environment, variables, pool, priority } = body;
      const { variable_mapping: mapping, stop_on_error: stop_on_failure } = body;
      const asked = { environment, confirm_environment, variables, mapping, stop_on_failure, pool, priority };
      const runs: Awaited<ReturnType<typeof shownDatasetRun>>[] = [];
      for (const flow of new Set(body.flow_ids)) {
        const rows = runRequest.parse({ ...asked, flow_id: flow, parallel: atOnce(body.parallel) });
        const started = await startDatasetRun(deps, caller, dataset, { ...rows, id: idOf(id, flow) });
        runs.push(await shownDatasetRun(deps, started));
      }
      return { status: 202, body: { dataset_id: dataset.id, runs } };
    },
  });

/** The run of a flow: the same request again leads to the same ones, however far it got. */
const idOf = (request: string, flow: string): string => {
  const hex = createHash('sha256').update(`${request} ${flow.toLowerCase()}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** None is run when one is not there. */
const demandFlows = async (
  { flows }: ConfigurationDeps,
  { workspace }: Caller,
  ids: readonly string[],
): Promise<void> => {
  const known = new Set((await flows.byIds(workspace, ids)).map(({ id }) => id));
  const at = ids.findIndex((id) => !known.has(id.toLowerCase()));
  if (at < 0) return;
  const message = `the workspace has no flow ${ids[at]}`;
  throw new Problem('cannot-be-done', message, { errors: [{ pointer: `/flow_ids/${at}`, message }] });
};

const atOnce = (parallel: RunnerRequest['parallel']): number => {
  if (typeof parallel === 'number') return parallel;
  return parallel ? 5 : 1;
};

const MOST_ROWS = 10_000;

const datasetFor = async (
  { datasets }: ConfigurationDeps,
  caller: Caller,
  { data_source: source, iterations }: RunnerRequest,
): Promise<Dataset> => {
  const { rows: once } = tableIn(source);
  if (once.length * iterations > MOST_ROWS) {
    throw new Problem('cannot-be-done', `one request may run ${MOST_ROWS} rows: keep them as a dataset`);
  }
  const all = Array.from({ length: iterations }, () => once).flat() as readonly ValueMap[];
  const hash = createHash('sha256').update(canonicalJson(all)).digest('hex').slice(0, 16);
  const name = `Runner data ${hash}`;
  const content = contentOf({
    name,
    description: 'came with a request to run flows over it',
    rows: all as never,
  });
  const made = await datasets.create(caller, content);
  if (made.ok || made.refusal !== 'NameTaken') return accepted(made);
  const { items } = await datasets.list(caller.workspace, { search: name, limit: 1, offset: 0 });
  const kept = items.find((item) => item.name === name && item.table.sha256 === content.table.sha256);
  if (kept !== undefined) return kept;
  throw new Problem('conflict', `somebody has changed the dataset ${name}, which these rows are kept as: rename it`);
};

export const runnerRoutes = (deps: ConfigurationDeps): readonly Route[] => [parseData(), runWithData(deps)];
