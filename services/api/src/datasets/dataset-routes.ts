import type { Dataset } from '@testmesh/store-postgres';
import * as z from 'zod';
import type { ConfigurationDeps } from '../configuration/deps.ts';
import { madeOnce } from '../configuration/once.ts';
import { accepted, found } from '../configuration/refusals.ts';
import { IF_MATCH, idParams, json, limit, offset, pageOf, search } from '../configuration/wire.ts';
import { etagOf, requiredVersion } from '../http/conditional.ts';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import { IDEMPOTENCY_KEY } from '../runs/run-routes.ts';
import {
  contentOf,
  datasetBody,
  datasetOf,
  datasetRequest,
  datasetVersionBody,
  datasetVersionOf,
} from './dataset-body.ts';

const tags = ['Datasets'];
const EXAMPLE = { name: 'Customers', csv: 'email,country\nada@example.com,DE\nbob@example.com,US\n' };

const answer = (status: 200 | 201, dataset: Dataset): RouteAnswer => ({
  status,
  headers: { etag: etagOf(dataset.version), ...(status === 201 && { location: `/api/v1/datasets/${dataset.id}` }) },
  body: datasetOf(dataset),
});

const create = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'POST',
    path: '/datasets',
    operationId: 'createDataset',
    summary: 'Keep a table of rows',
    tags,
    permission: 'collections:create',
    headers: [IDEMPOTENCY_KEY],
    body: datasetRequest,
    example: EXAMPLE,
    responses: { 201: datasetBody },
    handle: async (request) => {
      const content = contentOf(request.body);
      const dataset = await madeOnce(deps, request, {
        operation: 'createDataset',
        make: (id) => deps.datasets.create(request.caller, content, id),
        find: (id) => deps.datasets.get(request.caller.workspace, id),
      });
      return answer(201, dataset);
    },
  });

const list = ({ datasets }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets',
    operationId: 'listDatasets',
    summary: 'List datasets by name',
    tags,
    permission: 'collections:view',
    query: z.strictObject({ search, limit: limit(50), offset }),
    responses: { 200: z.object({ datasets: z.array(datasetBody), ...pageOf }) },
    handle: async ({ query: { search: part, ...page }, caller: { workspace } }) => {
      const { items, total } = await datasets.list(workspace, { ...page, ...(part !== undefined && { search: part }) });
      return { status: 200, body: { datasets: items.map(datasetOf), total, ...page } };
    },
  });

const get = ({ datasets }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets/:id',
    operationId: 'getDataset',
    summary: 'A dataset, without its rows',
    tags,
    permission: 'collections:view',
    params: idParams,
    responses: { 200: datasetBody },
    handle: async ({ params: { id }, caller: { workspace } }) =>
      answer(200, found(await datasets.get(workspace, id), `dataset ${id}`)),
  });

const rows = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets/:id/rows',
    operationId: 'listDatasetRows',
    summary: 'The rows of a dataset',
    tags,
    permission: 'collections:view',
    params: idParams,
    query: z.strictObject({
      version: z.coerce.number().int().min(1).optional().describe('the current one unless said'),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      offset,
    }),
    responses: { 200: z.object({ version: z.int(), rows: z.array(z.record(z.string(), json)), ...pageOf }) },
    handle: async ({ params: { id }, query: { version: wanted, ...page }, caller: { workspace } }) => {
      const dataset = found(await deps.datasets.get(workspace, id), `dataset ${id}`);
      const version = wanted ?? dataset.version;
      const all = found(await deps.datasets.rows(workspace, id, version), `version ${version} of the dataset ${id}`);
      const shown = all.slice(page.offset, page.offset + page.limit);
      return { status: 200, body: { version, rows: shown, total: all.length, ...page } };
    },
  });

const versions = ({ datasets }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/datasets/:id/versions',
    operationId: 'listDatasetVersions',
    summary: 'Every version of a dataset, newest first',
    tags,
    permission: 'collections:view',
    params: idParams,
    query: z.strictObject({ limit: limit(50), offset }),
    responses: { 200: z.object({ versions: z.array(datasetVersionBody), ...pageOf }) },
    handle: async ({ params: { id }, query, caller: { workspace } }) => {
      found(await datasets.get(workspace, id), `dataset ${id}`);
      const { items, total } = await datasets.versions(workspace, id, query);
      return { status: 200, body: { versions: items.map(datasetVersionOf), total, ...query } };
    },
  });

const update = (deps: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'PUT',
    path: '/datasets/:id',
    operationId: 'updateDataset',
    summary: 'Make a new version of a dataset',
    tags,
    permission: 'collections:edit',
    headers: [IF_MATCH],
    params: idParams,
    body: datasetRequest,
    example: EXAMPLE,
    responses: { 200: datasetBody },
    handle: async ({ params: { id }, body, caller, headers }) => {
      const edit = { id, seen: requiredVersion(headers) };
      found(await deps.datasets.get(caller.workspace, id), `dataset ${id}`);
      const content = contentOf(body);
      return answer(200, accepted(await deps.datasets.update(caller, edit, content)));
    },
  });

const remove = ({ datasets }: ConfigurationDeps): Route =>
  workspaceRoute({
    method: 'DELETE',
    path: '/datasets/:id',
    operationId: 'deleteDataset',
    summary: 'Delete a dataset',
    tags,
    permission: 'collections:delete',
    headers: [IF_MATCH],
    params: idParams,
    responses: { 204: 'nothing' },
    handle: async ({ params: { id }, caller, headers }) => {
      accepted(await datasets.remove(caller, { id, seen: requiredVersion(headers) }));
      return { status: 204 };
    },
  });

export const datasetRoutes = (deps: ConfigurationDeps): readonly Route[] =>
  [create, list, get, rows, versions, update, remove].map((route) => route(deps));
