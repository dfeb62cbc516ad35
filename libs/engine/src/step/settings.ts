import { parseDuration } from '@testmesh/contracts';
import type { StepError, Value } from '@testmesh/domain';
import { type Problem, render, type Scope, type Setting } from '@testmesh/flow';

// Settings that are templates: worked out when the step begins, and checked like those written out.

/** A step that cannot go on, as a value to be thrown within one step and reported by it. */
export class StepProblem extends Error {
  readonly error: StepError;

  constructor(error: StepError) {
    super(error.message);
    this.error = error;
  }
}

export const asError = ({ code, message, span, help, suggestion }: Problem, defect: boolean): StepError => {
  const more = [suggestion, help].filter((text) => text !== undefined).join('; ');
  return { code, message, span, ...(more && { help: more }), ...(defect && { defect }) };
};

export const duration = (setting: Setting<number>, scope: Scope): number =>
  worked(setting, scope, 'a duration such as 3s', (value) =>
    typeof value === 'string' ? parseDuration(value) : undefined,
  );

export const wholeNumber = (setting: Setting<number>, scope: Scope): number =>
  worked(setting, scope, 'a whole number', (value) =>
    typeof value === 'number' && Number.isInteger(value) ? value : undefined,
  );

export const countFrom1 = (setting: Setting<number>, scope: Scope): number =>
  worked(setting, scope, 'a whole number of at least 1', (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 ? value : undefined,
  );

export const text = (setting: Setting<string>, scope: Scope): string =>
  worked(setting, scope, 'a text', (value) => (typeof value === 'string' ? value : undefined));

const worked = <T>(setting: Setting<T>, scope: Scope, wanted: string, read: (value: Value) => T | undefined): T => {
  if (setting.kind === 'fixed') return setting.value;
  const rendered = render(setting.template, scope);
  if (!rendered.ok) throw new StepProblem(asError(rendered.problem, true));
  const value = read(rendered.value);
  if (value !== undefined) return value;
  const got = JSON.stringify(rendered.value);
  throw new StepProblem({ code: 'TM5030', message: `${got} is not ${wanted}`, span: setting.span, defect: true });
};
