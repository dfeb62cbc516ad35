import type { Outcome, Problem, Text } from '../model/text.ts';
import type { Place } from './ast.ts';

/**
 * A problem on its way out of the parser or the evaluator. Inside, code reads as if all went well;
 * the doors (`caught`) turn it into an outcome, so none ever leaves these folders.
 */
export class Trouble extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Stops with a problem at a place of a text. */
export const trouble = (
  text: Text,
  place: Place,
  problem: { code: string; message: string; suggestion?: string | undefined; help?: string | undefined },
): never => {
  const { code, message, suggestion, help } = problem;
  throw new Trouble({
    code,
    message,
    span: text.span(place.start, Math.max(place.end, place.start + 1)),
    ...(suggestion !== undefined && { suggestion }),
    ...(help !== undefined && { help }),
  });
};

/** Runs `work`; a problem that stops it becomes the outcome. */
export const caught = <T>(text: Text, work: () => T): Outcome<T> => {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (error instanceof Trouble) return { ok: false, problem: error.problem };
    // The stack's end: some value is nested deeper than any sensible document.
    if (error instanceof RangeError) return { ok: false, problem: tooDeep(text) };
    throw error;
  }
};

const tooDeep = (text: Text): Problem => ({
  code: 'TM3006',
  message: 'a value or an expression is nested too deeply to work with',
  span: text.span(0, text.value.length),
});
