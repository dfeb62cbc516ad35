import { parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { countOfRange, type ForEachStep, MOST_ITEMS, render, type Template } from '@testmesh/flow';
import { besideFile } from '../paths.ts';
import { messageOf } from '../resources.ts';
import { asError, StepProblem, wholeNumber } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import { csvRows } from './csv.ts';

/** What a loop runs over; refused when it is more than the loop may run. */
export const itemsOf = async (attempt: Attempt<ForEachStep>): Promise<readonly Value[]> => {
  const items = await listOf(attempt);
  checkCount(items.length, attempt);
  return items;
};

const listOf = async (attempt: Attempt<ForEachStep>): Promise<readonly Value[]> => {
  const { over } = attempt.step;
  switch (over.kind) {
    case 'items':
      return listFrom(rendered(over.template, attempt), attempt);
    case 'range':
      return range(
        wholeNumber(over.start, attempt.scope),
        wholeNumber(over.end, attempt.scope),
        wholeNumber(over.step, attempt.scope),
        attempt,
      );
    case 'glob':
      return attempt.frame.run.ports.glob(pathFrom(over.pattern, attempt));
    case 'rows':
      return rows(pathFrom(over.file, attempt), attempt);
  }
};

const rendered = (template: Template, { scope }: Attempt): Value => {
  const outcome = render(template, scope);
  if (!outcome.ok) throw new StepProblem(asError(outcome.problem, scope.absent.length === 0));
  return outcome.value;
};

const listFrom = (value: Value, { step }: Attempt<ForEachStep>): readonly Value[] => {
  if (Array.isArray(value)) return value;
  const got = shown(value);
  throw problem('TM5042', step, `items must be a list, and it is ${got}`);
};

const checkCount = (count: number, { step, scope }: Attempt<ForEachStep>): void => {
  const { maxIterations } = step;
  const most = maxIterations ? wholeNumber(maxIterations, scope) : MOST_ITEMS;
  if (count <= most) return;
  throw new StepProblem({
    code: 'TM5041',
    message: `there are ${count} items, and ${maxIterations ? 'max_iterations allows' : 'a loop runs at most'} ${most}`,
    span: maxIterations?.span ?? step.places.over,
    help: `max_iterations: ${count} allows as many`,
  });
};

const range = (start: number, end: number, by: number, attempt: Attempt<ForEachStep>): number[] => {
  if (by === 0) throw problem('TM5043', attempt.step, 'a range with step 0 never ends');
  const count = countOfRange(start, end, by);
  // Before the list is there: it may be longer than the memory.
  checkCount(count, attempt);
  return Array.from({ length: count }, (_, at) => start + at * by);
};

const pathFrom = (template: Template, attempt: Attempt<ForEachStep>): string => {
  const value = rendered(template, attempt);
  if (typeof value === 'string') return besideFile(attempt.frame.flowRun.flow.file, value);
  throw problem('TM5030', attempt.step, `${shown(value)} is not a path`);
};

const rows = async (path: string, { step, frame }: Attempt<ForEachStep>): Promise<readonly Value[]> => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await frame.run.ports.readFile(path));
    return path.toLowerCase().endsWith('.csv') ? csvRows(text) : jsonRows(text);
  } catch (error) {
    throw problem('TM5044', step, `the rows of ${path} could not be read: ${messageOf(error)}`);
  }
};

const jsonRows = (text: string): readonly Value[] => {
  const value = parseJson(text);
  if (Array.isArray(value)) return value;
  throw new Error('a JSON file of rows must be a list');
};

// A secret that is cut off is found by the ellipsis.
const shown = (value: Value): string => {
  const json = stringifyJson(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
};

const problem = (code: string, { places }: ForEachStep, message: string): StepProblem =>
  new StepProblem({ code, message, span: places.over });
