import { Problem } from '@testmesh/contracts';
import { type RecordedEvent, runEventOf } from '@testmesh/domain';
import { foldRun, foldTrace, type RunReport, type RunRow } from '@testmesh/views';
import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableOutputType,
  type GraphQLOutputType,
  GraphQLString,
} from 'graphql';
import { demand } from '../access/authentication.ts';
import type { Permission } from '../access/permissions.ts';
import { logLines } from '../runs/log-lines.ts';
import { diffRuns } from '../runs/run-diff.ts';
import { stepTimes } from '../runs/run-history.ts';
import { eventOf, executionOf, stepsOf } from '../runs/wire.ts';
import type { GraphContext } from './context.ts';
import { jsonScalar } from './scalars.ts';
import type { Fields, Row, TypeBook } from './type-book.ts';

// What leads from one thing to another. Every way is a loader: a list of fifty costs as many statements as a list of one.

type Field = GraphQLFieldConfig<Row, GraphContext>;
type Resolve = (row: Row, args: Row, context: GraphContext) => unknown;

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

/** Whoever lacks the permission of the route that shows the same is refused here too. */
const field = (
  type: GraphQLOutputType,
  permission: Permission,
  resolve: Resolve,
  more: Partial<Field> = {},
): Field => ({
  type,
  ...more,
  extensions: { permission, ...more.extensions },
  resolve: (row, args: Row, context) => {
    demand(context.caller, permission);
    return resolve(row, args, context);
  },
});

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

interface Naming {
  readonly named: (name: string) => GraphQLOutputType;
  readonly listOf: (name: string) => GraphQLOutputType;
}

/** Reading a whole history costs more than reading a row. */
const HISTORY_COST = 25;
const MOST_EVENTS = 1000;

const runFields = ({ named, listOf }: Naming): Fields => {
  const told = (
    type: GraphQLOutputType,
    tell: (events: readonly RecordedEvent[], id: string, args: Row, context: GraphContext) => unknown,
    more: Partial<Field> = {},
  ): Field =>
    field(
      type,
      'runs:view',
      async ({ id }, args, context) => tell(await historyOf(context, String(id)), String(id), args, context),
      { ...more, extensions: { cost: HISTORY_COST } },
    );
  const events = {
    after: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 0, description: 'a `seq`' },
    limit: { type: new GraphQLNonNull(GraphQLInt), defaultValue: 100, description: `up to ${MOST_EVENTS}` },
  };
  return {
    steps: told(listOf('ExecutionStep'), stepsIn, { description: 'Its steps, those within others included.' }),
    events: told(listOf('ExecutionEvent'), eventsIn, { args: events, description: 'Its events, oldest first.' }),
    logs: told(new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))), logLines, {
      description: 'The run as lines of text.',
    }),
    report: told(jsonScalar, (history, id) => reportOf(history, id), { description: 'The run as it is folded.' }),
    trace: told(named('Trace'), (history, id) => foldTrace(id, history), { description: 'The run as a trace.' }),
    diff: told(listOf('StepDifference'), diffWith, {
      args: { with: { type: new GraphQLNonNull(GraphQLID) } },
      description: 'What is different from another run, step by step.',
    }),
  };
};

const historyOf = async ({ loaders }: GraphContext, id: string): Promise<readonly RecordedEvent[]> => {
  const events = await loaders.history.load(id);
  if (events === undefined) throw new Problem('not-found', `there is no execution ${id}`);
  return events;
};

const reportOf = (history: readonly RecordedEvent[], id: string): RunReport => foldRun(id, history.map(runEventOf));

const stepsIn = (history: readonly RecordedEvent[], id: string): readonly Row[] => {
  const times = stepTimes(history);
  return reportOf(history, id).steps.flatMap((step) => stepsOf(step, id, times));
};

const eventsIn = (history: readonly RecordedEvent[], _id: string, { after, limit }: Row): readonly Row[] => {
  if (typeof limit !== 'number' || limit < 1 || limit > MOST_EVENTS) {
    throw new Problem('invalid-request', `limit has to be 1 to ${MOST_EVENTS}`);
  }
  return history
    .slice(Math.max(0, Number(after)))
    .slice(0, limit)
    .map(eventOf);
};

const diffWith = async (
  history: readonly RecordedEvent[],
  id: string,
  args: Row,
  context: GraphContext,
): Promise<ReturnType<typeof diffRuns>> => {
  const other = String(args['with']);
  return diffRuns(reportOf(history, id), reportOf(await historyOf(context, other), other));
};
