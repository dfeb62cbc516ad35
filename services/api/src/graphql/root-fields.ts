import { Problem } from '@testmesh/contracts';
import type { GraphQLFieldConfig, GraphQLFieldConfigArgumentMap } from 'graphql';
import { demand } from '../access/authentication.ts';
import type { OpenApi } from '../http/openapi.ts';
import { pathsOf, type Route } from '../http/route.ts';
import { validated } from '../http/validate.ts';
import type { GraphContext } from './context.ts';
import { camel, pascal } from './names.ts';
import { isFlag, type JsonSchema, type Row, type TypeBook } from './type-book.ts';

// A root field is a route under another name: its permission, its checks and its handler are the route's own, so that
// what GraphQL shows can never be more than what REST shows.

/** Root fields by the operation they are. A field whose operation the server does not have is left out. */
export const QUERIES: Readonly<Record<string, string>> = {
  workspace: 'getOwnWorkspace',
  workspaces: 'listWorkspaces',
  members: 'listMembers',
  run: 'getExecution',
  runs: 'listExecutions',
  flow: 'getFlow',
  flows: 'listFlows',
  environment: 'getEnvironment',
  environments: 'listEnvironments',
  testEnvironment: 'getTestEnvironment',
  testEnvironments: 'listTestEnvironments',
  testEnvironmentEvents: 'listTestEnvironmentEvents',
  testEnvironmentOfRun: 'getExecutionTestEnvironment',
  suite: 'getSuite',
  suites: 'listSuites',
  dataset: 'getDataset',
  datasets: 'listDatasets',
  datasetRuns: 'listDatasetRuns',
  notifications: 'listNotifications',
  schedule: 'getSchedule',
  schedules: 'listSchedules',
  apiKey: 'getApiKey',
  apiKeys: 'listApiKeys',
  auditTrail: 'listAuditEvents',
  metrics: 'getRunMetrics',
  trend: 'getRunTrend',
  flakyFlows: 'listFlakyFlows',
  slowestSteps: 'listSlowestSteps',
};

export const MUTATIONS: Readonly<Record<string, string>> = {
  requestRun: 'createExecution',
  cancelRun: 'cancelExecution',
  rerun: 'rerunExecution',
  createTestEnvironment: 'createTestEnvironment',
  destroyTestEnvironment: 'destroyTestEnvironment',
};

export type RootField = GraphQLFieldConfig<unknown, GraphContext>;

interface Operation {
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { readonly 'application/json': { readonly schema: JsonSchema } };
  };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: JsonSchema }>> }>>;
}

const operationOf = (document: OpenApi, route: Route): Operation => {
  const path = (pathsOf(route)[0] ?? '').replaceAll(/:([A-Za-z_]+)/g, '{$1}');
  return document.paths[path]?.[route.method.toLowerCase()] as unknown as Operation;
};

/** The field that a route is. */
export const rootField = (
  route: Route,
  name: string,
  { document, types }: { document: OpenApi; types: TypeBook },
): RootField => {
  if (route.area !== 'workspace') throw new Error(`${route.operationId} is no route of a workspace`);
  const operation = operationOf(document, route);
  const parameters = operation.parameters.filter((parameter) => parameter.in !== 'header');
  const body = operation.requestBody;
  const input = body?.content['application/json'].schema;
  const args: GraphQLFieldConfigArgumentMap = Object.fromEntries(
    parameters.map(({ name: own, required, description, schema }) => [
      camel(own),
      {
        type: types.input(schema, { name: pascal(name) + pascal(own), isRequired: required, member: own }),
        ...(description !== undefined && { description }),
        ...(schema.default !== undefined && {
          defaultValue: isFlag(schema) ? schema.default === 'true' : schema.default,
        }),
      },
    ]),
  );
  if (input !== undefined) {
    args['input'] = {
      type: types.input(input, { name: pascal(name), isRequired: body?.required ?? false, member: '' }),
    };
  }
  const part = (place: 'path' | 'query', given: Row): Row =>
    Object.fromEntries(
      parameters.flatMap((parameter) => {
        const value = given[camel(parameter.name)];
        if (parameter.in !== place || value === undefined || value === null) return [];
        return [[parameter.name, isFlag(parameter.schema) ? String(value) : value]];
      }),
    );
  return {
    type: types.output(answerOf(operation), { name: `${pascal(name)}Page`, isRequired: false, member: '' }),
    description: operation.summary,
    args,
    extensions: { permission: route.permission, operation: route.operationId },
    resolve: async (_root, given: Row, { caller, headers, signal, requestId }, { path }) => {
      demand(caller, route.permission);
      const answer = await route.handle({
        params: validated(route.params, part('path', given), 'params'),
        query: validated(route.query, part('query', given), 'query'),
        body: validated(route.body, input === undefined ? undefined : restInput(types, input, given), 'body'),
        headers: forwarded(headers, path.key),
        signal,
        requestId,
        caller,
      });
      if (!('body' in answer)) throw new Problem('cannot-be-done', `${route.operationId} does not answer with JSON`);
      return answer.body;
    },
  };
};

const restInput = (types: TypeBook, schema: JsonSchema, { input }: Row): unknown =>
  input === undefined || input === null ? undefined : types.restValue(schema, input);

/** Conditions of the whole request are not those of each of its fields; a repeated one is the same, field by field. */
const forwarded = (headers: GraphContext['headers'], field: string | number): GraphContext['headers'] => {
  const key = headers['idempotency-key'];
  return key === undefined ? {} : { 'idempotency-key': `${key}#${field}` };
};

const answerOf = ({ responses }: Operation): JsonSchema => {
  const good = Object.entries(responses).find(
    ([status, answer]) => status.startsWith('2') && answer.content !== undefined,
  );
  return good?.[1].content?.['application/json']?.schema ?? {};
};
