import { Problem } from '@testmesh/contracts';
import { type RecordedEvent, runEventOf } from '@testmesh/domain';
import { foldRun, foldTrace, type RunReport, stepOutlines } from '@testmesh/views';
import { GraphQLID, GraphQLInt, GraphQLList, GraphQLNonNull, type GraphQLOutputType, GraphQLString } from 'graphql';
import { logLines } from '../runs/log-lines.ts';
import { diffRuns } from '../runs/run-diff.ts';
import { stepTimes } from '../runs/run-history.ts';
import { eventOf, stepsOf } from '../runs/wire.ts';
import type { HistoryPage } from './batch-reads.ts';
import type { GraphContext } from './context.ts';
import type { History } from './history-loader.ts';
import { type Field, field } from './permitted-field.ts';
import { jsonScalar } from './scalars.ts';
import type { Fields, Row } from './type-book.ts';

// What a run tells of itself, from its history.

/** Reading a whole history costs more than reading a row, and a long list more than a short one. */
const HISTORY_COST = 25;
const ROWS_PER_COST = 25;
const WHOLE: HistoryPage = { after: 0, limit: 2_147_483_647 };

/** How long a list of a run may be, and is taken to be. */
interface Length {
  readonly most: number;
  readonly usual: number;
}
const STEPS: Length = { most: 1000, usual: 500 };
const EVENTS: Length = { most: 1000, usual: 100 };
const LINES: Length = { most: 5000, usual: 1000 };

const numberArgument = (defaultValue: number, description: string) => ({
  type: new GraphQLNonNull(GraphQLInt),
  defaultValue,
  description,
});
const lengthArgument = ({ most, usual }: Length) => ({ limit: numberArgument(usual, `up to ${most}`) });
const pagesOf = (length: Length) => ({
  ...lengthArgument(length),
  offset: numberArgument(0, 'how many to leave out at the beginning'),
});

interface Naming {
  readonly named: (name: string) => GraphQLOutputType;
  readonly listOf: (name: string) => GraphQLOutputType;
}

export const runFields = ({ named, listOf }: Naming): Fields => ({
  steps: listed(
    listOf('ExecutionStep'),
    async (row, args, context) => pageOf(stepsIn(await toldBy(row, context), idOf(row)), args, STEPS),
    { args: pagesOf(STEPS), description: 'Its steps, those within others included.' },
  ),
  events: listed(listOf('ExecutionEvent'), eventsIn, {
    args: { after: numberArgument(0, 'a `seq`'), ...lengthArgument(EVENTS) },
    description: 'Its events, oldest first.',
  }),
  logs: listed(
    new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))),
    async (row, args, context) => pageOf(logLines(await toldBy(row, context)), args, LINES),
    { args: pagesOf(LINES), description: 'The run as lines of text.' },
  ),
  report: whole(jsonScalar, async (row, _args, context) => reportOf(await toldBy(row, context), idOf(row)), {
    description: 'The run as it is folded.',
  }),
  trace: whole(named('Trace'), async (row, _args, context) => foldTrace(idOf(row), await toldBy(row, context)), {
    description: 'The run as a trace.',
  }),
  diff: whole(listOf('StepDifference'), diffWith, {
    args: { with: { type: new GraphQLNonNull(GraphQLID) } },
    description: 'What is different from another run, step by step.',
  }),
});

type Tell = (row: Row, args: Row, context: GraphContext) => Promise<unknown>;

const whole = (type: GraphQLOutputType, tell: Tell, more: Partial<Field>): Field =>
  field(type, 'runs:view', tell, { ...more, extensions: { cost: HISTORY_COST } });
const listed = (type: GraphQLOutputType, tell: Tell, more: Partial<Field>): Field =>
  field(type, 'runs:view', tell, { ...more, extensions: { cost: HISTORY_COST, rowsPerCost: ROWS_PER_COST } });

const idOf = (row: Row): string => String(row['id']);

/** A history when it is its turn to be told: see `HistoryAllowance`. */
const toldBy = async (row: Row, context: GraphContext, page = WHOLE): Promise<readonly RecordedEvent[]> => {
  const { events, size } = await historyOf(context, idOf(row), page);
  await context.allowance.tell(size);
  return events;
};

const historyOf = async ({ loaders }: GraphContext, id: string, page: HistoryPage): Promise<History> => {
  const history = await loaders.history(page).load(id);
  if (history === undefined) throw new Problem('not-found', `there is no execution ${id}`);
  return history;
};

/** Two fields of a run, and two runs that are held against a third, fold it once. */
const folded = new WeakMap<readonly RecordedEvent[], RunReport>();

const reportOf = (history: readonly RecordedEvent[], id: string): RunReport => {
  const known = folded.get(history);
  if (known !== undefined) return known;
  const report = foldRun(id, history.map(runEventOf));
  folded.set(history, report);
  return report;
};

const stepsIn = (history: readonly RecordedEvent[], id: string): readonly Row[] => {
  const { steps } = reportOf(history, id);
  return stepsOf(steps, stepOutlines(steps, id, stepTimes(history)));
};

const eventsIn: Tell = async (row, args, context) => {
  const page = { after: Math.max(0, Number(args['after'])), limit: limitIn(args, EVENTS) };
  return (await toldBy(row, context, page)).map(eventOf);
};

const pageOf = <Item>(items: readonly Item[], args: Row, length: Length): readonly Item[] => {
  const limit = limitIn(args, length);
  const offset = Number(args['offset']);
  if (offset < 0) throw new Problem('invalid-request', 'offset has to be 0 or more');
  return items.slice(offset, offset + limit);
};

const limitIn = ({ limit }: Row, { most }: Length): number => {
  if (typeof limit === 'number' && limit >= 1 && limit <= most) return limit;
  throw new Problem('invalid-request', `limit has to be 1 to ${most}`);
};

const diffWith: Tell = async (row, args, context): Promise<ReturnType<typeof diffRuns>> => {
  const here = await toldBy(row, context);
  const other = String(args['with']);
  const there = await historyOf(context, other, WHOLE);
  if (!folded.has(there.events)) await context.allowance.tell(there.size);
  return diffRuns(reportOf(here, idOf(row)), reportOf(there.events, other));
};
