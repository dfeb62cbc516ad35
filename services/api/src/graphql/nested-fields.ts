import { Problem } from '@testmesh/contracts';
import type { RunRow } from '@testmesh/views';
import {
  type GraphQLFieldConfig,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableOutputType,
  type GraphQLOutputType,
} from 'graphql';
import type { Permission } from '../access/permissions.ts';
import { executionOf } from '../runs/wire.ts';
import type { GraphContext } from './context.ts';
import { field } from './permitted-field.ts';
import { runFields } from './run-fields.ts';
import { jsonScalar } from './scalars.ts';
import type { Fields, Row, TypeBook } from './type-book.ts';

// What leads from one thing to another. Every way is a loader: a list of fifty costs as many statements as a list of one.

type Field = GraphQLFieldConfig<Row, GraphContext>;

/** The fields that types have beside those of their contract, by type. */
export const nestedFields = (types: () => TypeBook): ((type: string) => Fields) => {
  const named = (name: string): GraphQLNullableOutputType => types().named(name) ?? jsonScalar;
  const listOf = (name: string): GraphQLOutputType =>
    new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(named(name))));
  const fields: Readonly<Record<string, () => Fields>> = {
    Execution: () => ({ ...runFields({ named, listOf }), flow: flowOf(named('Flow')) }),
    RequestedExecution: () => ({ ...runFields({ named, listOf }), flow: flowOf(named('Flow')) }),
    Flow: () => ({ runs: latestRuns(listOf('Execution')) }),
    Suite: () => ({
      runs: latest(listOf('SuiteRun'), 'runs:view', (context, limit) => context.loaders.runsOfSuite(limit)),
    }),
    SuiteFlows: () => ({ flow: flowOf(named('Flow')) }),
    SuiteRunExecutions: () => ({ run: runOf(named('Execution')), flow: flowOf(named('Flow')) }),
    Schedule: () => ({
      flow: flowOf(named('Flow')),
      suite: field(named('Suite'), 'flows:view', ({ suite_id: id }, _args, { loaders }) =>
        loadedOrNull(loaders.suite, id),
      ),
      runs: latest(listOf('ScheduleRun'), 'schedules:view', (context, limit) => context.loaders.runsOfSchedule(limit)),
    }),
    ScheduleRun: () => ({ run: runOf(named('Execution')) }),
  };
  return (type) => fields[type]?.() ?? {};
};

const loadedOrNull = async <Found>(
  loader: { readonly load: (key: string) => Promise<Found | undefined> },
  id: unknown,
): Promise<Found | null> => (typeof id === 'string' ? ((await loader.load(id)) ?? null) : null);

const flowOf = (type: GraphQLOutputType): Field =>
  field(type, 'flows:view', ({ flow_id: id }, _args, { loaders }) => loadedOrNull(loaders.flow, id));

const runOf = (type: GraphQLOutputType): Field =>
  field(type, 'runs:view', async ({ execution_id: id }, _args, { loaders }) => {
    const row = await loadedOrNull(loaders.run, id);
    return row && executionOf(row);
  });

const MOST = 50;
const LIMIT = {
  limit: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 10, description: `the latest, up to ${MOST}` },
};

const limitIn = ({ limit }: Row): number => {
  if (typeof limit === 'number' && limit >= 1 && limit <= MOST) return limit;
  throw new Problem('invalid-request', `limit has to be 1 to ${MOST}`);
};

type ListLoader<Item> = { readonly load: (key: string) => Promise<readonly Item[]> };

const latest = (
  type: GraphQLOutputType,
  permission: Permission,
  loader: (context: GraphContext, limit: number) => ListLoader<Row>,
): Field =>
  field(type, permission, (row, args, context) => loader(context, limitIn(args)).load(String(row['id'])), {
    args: LIMIT,
  });

const latestRuns = (type: GraphQLOutputType): Field =>
  field(
    type,
    'runs:view',
    async (row, args, { loaders }) => {
      const rows: readonly RunRow[] = await loaders.runsOfFlow(limitIn(args)).load(String(row['id']));
      return rows.map(executionOf);
    },
    { args: LIMIT },
  );
