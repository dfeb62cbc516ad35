import { parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { type ForEachStep, render, type Template } from '@testmesh/flow';
import { besideFile } from '../paths.ts';
import { messageOf } from '../resources.ts';
import { asError, StepProblem, wholeNumber } from '../step/settings.ts';
import type { Attempt } from '../step/work.ts';
import { csvRows } from './csv.ts';

/** What a loop runs over. */
export const itemsOf = async (attempt: Attempt<ForEachStep>): Promise<readonly Value[]> => {
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

const listFrom = (value: Value, { step }: Attempt): readonly Value[] => {
  if (Array.isArray(value)) return value;
  const got = stringifyJson(value).slice(0, 60);
  throw problem('TM5042', step, `items must be a list, and it is ${got}`);
};

const range = (start: number, end: number, by: number, { step }: Attempt): number[] => {
  if (by === 0) throw problem('TM5043', step, 'a range with step 0 never ends');
  const count = Math.max(0, Math.floor((end - start) / by) + 1);
  return Array.from({ length: count }, (_, at) => start + at * by);
};

const pathFrom = (template: Template, attempt: Attempt): string => {
  const value = rendered(template, attempt);
  if (typeof value === 'string') return besideFile(attempt.frame.flowRun.flow.file, value);
  throw problem('TM5030', attempt.step, `${stringifyJson(value).slice(0, 60)} is not a path`);
};

const rows = async (path: string, { step, frame }: Attempt): Promise<readonly Value[]> => {
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

const problem = (code: string, { span }: Attempt['step'], message: string): StepProblem =>
  new StepProblem({ code, message, span });
