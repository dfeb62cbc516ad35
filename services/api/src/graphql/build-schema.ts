import { Problem } from '@testmesh/contracts';
import {
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { demand } from '../access/authentication.ts';
import { openApi } from '../http/openapi.ts';
import type { Route } from '../http/route.ts';
import { followRun } from '../live/follow-run.ts';
import type { RunDeps } from '../runs/deps.ts';
import { demandRun, readHistory } from '../runs/run-history.ts';
import { eventOf, executionOf } from '../runs/wire.ts';
import type { GraphContext } from './context.ts';
import { nestedFields } from './nested-fields.ts';
import { MUTATIONS, QUERIES, type RootField, rootField } from './root-fields.ts';
import { type JsonSchema, type Row, TypeBook } from './type-book.ts';

// The whole schema, from the table of routes. Nothing of it is written down twice: a route that gets a new member
// gives GraphQL a new field.

export const buildGraphSchema = (routes: readonly Route[], runs: RunDeps): GraphQLSchema => {
  const document = openApi(routes, '1');
  const components = document.components.schemas as unknown as Readonly<Record<string, JsonSchema>>;
  const types: TypeBook = new TypeBook(
    components,
    nestedFields(() => types),
  );
  const parts = { document, types };
  const rootOf = (name: string, operations: Readonly<Record<string, string>>) => {
    const fields = Object.entries(operations).flatMap(([field, operationId]): [string, RootField][] => {
      const route = routes.find((one) => one.operationId === operationId);
      return route === undefined ? [] : [[field, rootField(route, field, parts)]];
    });
    return new GraphQLObjectType<unknown, GraphContext>({ name, fields: Object.fromEntries(fields) });
  };
  return new GraphQLSchema({
    query: rootOf('Query', QUERIES),
    mutation: rootOf('Mutation', MUTATIONS),
    subscription: new GraphQLObjectType<unknown, GraphContext>({
      name: 'Subscription',
      fields: subscriptions(types, runs),
    }),
  });
};

/** The schema as a document, in an order that does not depend on that of the routes. */
export const printedSchema = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

const subscriptions = (types: TypeBook, deps: RunDeps): Record<string, RootField> => {
  const id = { type: new GraphQLNonNull(GraphQLID) };
  const after = {
    type: new GraphQLNonNull(GraphQLInt),
    defaultValue: 0,
    description: 'the `seq` of the last event already known; `Last-Event-ID` is stronger',
  };
  const permission = { permission: 'runs:view' };
  return {
    runEvents: {
      type: types.named('ExecutionEvent') ?? GraphQLID,
      description: 'The events of a run from one on, to its end; each comes once, however often the reader reconnects.',
      args: { id, after },
      extensions: permission,
      subscribe: async (_root, args: Row, context) => eventsOf(deps, await followed(deps, args, context), context),
      resolve: (event) => event,
    },
    runUpdated: {
      type: types.named('Execution') ?? GraphQLID,
      description: 'A run as it stands, whenever it went on, to its end.',
      args: { id, after },
      extensions: permission,
      subscribe: async (_root, args: Row, context) => updatesOf(deps, await followed(deps, args, context), context),
      resolve: (execution) => execution,
    },
  };
};

interface Followed {
  readonly runId: string;
  readonly since: number;
}

const followed = async (deps: RunDeps, { id, after }: Row, context: GraphContext): Promise<Followed> => {
  demand(context.caller, 'runs:view');
  const runId = String(id);
  await demandRun(deps, context.caller.workspace, runId);
  const since = context.lastEventId ?? Number(after);
  if (since < 0) throw new Problem('invalid-request', 'after has to be a seq');
  return { runId, since };
};

async function* eventsOf(deps: RunDeps, { runId, since }: Followed, { signal, sending }: GraphContext) {
  for await (const page of followRun(deps, runId, { since, signal })) {
    for (const event of page) {
      sending(event.ver);
      yield eventOf(event);
    }
  }
}

async function* updatesOf(deps: RunDeps, { runId, since }: Followed, { caller, signal, sending }: GraphContext) {
  for await (const page of followRun(deps, runId, { since, signal })) {
    if (page.length === 0) continue;
    const { row } = await readHistory(deps, caller.workspace, runId);
    sending(row.ver);
    yield executionOf(row);
  }
}
