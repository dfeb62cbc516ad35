import { Problem, problemBody } from '@testmesh/contracts';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  subscribe,
  validate,
} from 'graphql';
import { type CallerRequest, type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from '../runs/deps.ts';
import type { BatchReads } from './batch-reads.ts';
import { buildGraphSchema } from './build-schema.ts';
import type { GraphContext } from './context.ts';
import { formatted } from './graph-errors.ts';
import { type GraphRequest, graphAnswer, graphRequest } from './graph-request.ts';
import { HistoryAllowance } from './history-allowance.ts';
import { DEFAULT_LIMITS, type QueryLimits, tooMuch } from './limits.ts';
import { loadersFor } from './loaders.ts';
import { PersistedQueries } from './persisted-queries.ts';
import { resultStream, STREAM_HEADERS } from './result-stream.ts';

// `POST /graphql`. Invariants:
// G1. A document is parsed within a bound, checked and reckoned before anything of it is done.
// G2. Every field is held to the permission of the route that shows the same, for the caller's workspace alone.
// G3. What goes wrong is said with the code that REST says it with; what is ours is logged and not told.

export interface GraphDeps extends RunDeps {
  readonly reads: BatchReads;
  readonly onFailure: (error: Error, requestId: string) => void;
  readonly graphql?: { readonly introspection?: boolean; readonly limits?: QueryLimits } | undefined;
}

export const graphRoute = (deps: GraphDeps, routes: () => readonly Route[]): Route => {
  const persisted = new PersistedQueries();
  let schema: GraphQLSchema | undefined;
  return workspaceRoute({
    method: 'POST',
    path: '/graphql',
    operationId: 'graphql',
    summary: 'Ask for several things at once, in GraphQL',
    description:
      'The schema is docs/graphql.graphql. A subscription is answered with server-sent events when Accept names text/event-stream.',
    tags: ['GraphQL'],
    permission: 'workspace:view',
    headers: [{ name: 'Last-Event-ID', description: 'the last `id` a subscription received; it goes on from there' }],
    body: graphRequest,
    example: { query: '{ runs(limit: 5) { executions { id flowName verdict } } }' },
    responses: {
      200: [graphAnswer, { contentType: 'text/event-stream', description: 'results, as they come' }],
      400: [
        graphAnswer,
        { contentType: 'application/problem+json', description: 'the body is none of GraphQL', schema: problemBody },
      ],
    },
    handle: async (request) => {
      schema ??= buildGraphSchema(routes(), deps);
      const read = readDocument(request.body, { schema, persisted, deps });
      if ('errors' in read) return answerOf(400, read.errors.map(formatted(() => undefined)));
      return carriedOut({ ...read, schema, deps, request });
    },
  });
};

interface Reading {
  readonly schema: GraphQLSchema;
  readonly persisted: PersistedQueries;
  readonly deps: GraphDeps;
}

interface Document {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

type Refused = { readonly errors: readonly GraphQLError[] };

/** G1. */
const readDocument = (body: GraphRequest, { schema, persisted, deps }: Reading): Document | Refused => {
  const { introspection = true, limits = DEFAULT_LIMITS } = deps.graphql ?? {};
  const asked = persisted.take(body.query, body.extensions?.persistedQuery?.sha256Hash);
  if (asked.kind === 'refused') return refused(REFUSED[asked.code], asked.code);
  let document: DocumentNode;
  try {
    document = parse(asked.text, { maxTokens: limits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: 20, hideSuggestions: !introspection });
  if (errors.length > 0) return { errors };
  const operation = getOperationAST(document, body.operationName);
  if (operation == null) return refused('name one of the operations of the document: operationName', 'invalid-request');
  const excess = tooMuch({ document, operation, schema, variables: body.variables ?? {} }, limits);
  return excess === undefined ? { document, operation } : { errors: [excess] };
};

const REFUSED = {
  PersistedQueryNotFound: 'PersistedQueryNotFound',
  PersistedQueryMismatch: 'the hash is not that of the document',
  'no-query': 'send a document as `query`, or the hash of one that was sent before',
} as const;

const refused = (message: string, code: string): Refused => ({
  errors: [
    new GraphQLError(message, { extensions: { code: code === 'no-query' ? 'invalid-request' : code, status: 400 } }),
  ],
});

interface Carrying extends Document {
  readonly schema: GraphQLSchema;
  readonly deps: GraphDeps;
  readonly request: CallerRequest<unknown, unknown, GraphRequest>;
}

const carriedOut = async ({ document, operation, schema, deps, request }: Carrying): Promise<RouteAnswer> => {
  const { body, caller, headers, signal, requestId } = request;
  let seq: number | undefined;
  const allowance = new HistoryAllowance(signal);
  const contextValue: GraphContext = {
    caller,
    allowance,
    loaders: loadersFor(deps.reads, caller.workspace, allowance),
    headers,
    signal,
    requestId,
    lastEventId: lastEventId(headers['last-event-id']),
    sending: (at) => {
      seq = at;
    },
  };
  const args = {
    schema,
    document,
    contextValue,
    variableValues: body.variables ?? {},
    operationName: body.operationName ?? null,
  };
  const format = formatted((error) => deps.onFailure(error, requestId));
  if (operation.operation !== 'subscription') return resultOf(await execute(args), format);
  if (!(headers['accept'] ?? '').includes('text/event-stream')) {
    return answerOf(400, [format(wrongAccept)]);
  }
  const results = await subscribe(args);
  if (!(Symbol.asyncIterator in results)) return resultOf(results, format);
  const stream = resultStream(results, { format, lastSeq: () => seq, signal });
  return { status: 200, headers: STREAM_HEADERS, stream };
};

const wrongAccept = new GraphQLError('a subscription comes as server-sent events: send Accept: text/event-stream');

type Format = (error: GraphQLError) => GraphQLFormattedError;

const resultOf = ({ data, errors }: ExecutionResult, format: Format): RouteAnswer => {
  const status = data === undefined ? 400 : 200;
  return answerOf(status, errors?.map(format), data);
};

const answerOf = (
  status: number,
  errors: readonly GraphQLFormattedError[] | undefined,
  data?: ExecutionResult['data'],
): RouteAnswer => ({
  status,
  headers: { 'cache-control': 'no-store' },
  body: { ...(errors !== undefined && errors.length > 0 && { errors }), ...(data !== undefined && { data }) },
});

const lastEventId = (text: string | undefined): number | undefined => {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Problem('invalid-request', `Last-Event-ID is ${text}, but an id of a subscription is a number`);
};
