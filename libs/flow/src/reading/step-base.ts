import type { Span } from '@testmesh/domain';
import type { ActionStep, Retry, Step } from '../model/flow.ts';
import { readAssertions } from './assertions.ts';
import type { Fields } from './fields.ts';
import { CONTROL_FLOW, STEP_KEYS } from './keys.ts';
import { readOnError } from './on-error.ts';
import { checkName, readOutputs } from './outputs.ts';
import { readCondition } from './reading.ts';
import { readRetry } from './retry.ts';
import type { StepReading } from './step-reading.ts';
import { checkLength, readBoolean, readChoice, readDuration, readFixedText, readTags, readText } from './values.ts';

export type StepFields = Fields<keyof typeof STEP_KEYS>;
export type StepBase = Omit<
  ActionStep,
  'kind' | 'config' | 'configSpan' | 'configPlaces' | 'schema' | 'files' | 'leftToEnvironment'
>;

/** What every step has, whatever its action. */
export const readStepBase = (reading: StepReading, fields: StepFields, action: string, span: Span): StepBase => {
  const title = readText(reading, fields.name);
  if (title !== undefined && fields.name) checkLength(reading, title, fields.name.value.span, "step's name");
  const when = fields.when && readCondition(reading, fields.when.value);
  const retry = fields.retry ? readRetry(reading, fields.retry) : defaultRetry(reading, action);
  const timeoutMs = readDuration(reading, fields.timeout);
  const effect = readChoice(reading, fields.effect, STEP_KEYS.effect.shape.of);
  return {
    ...readId(reading, fields, action),
    ...(title !== undefined && { title }),
    phase: reading.phase,
    action,
    span,
    idSpan: fields.id?.value.span ?? span,
    actionSpan: fields.action?.value.span ?? span,
    tags: readTags(reading, fields.tags),
    disabled: readBoolean(reading, fields.disabled, false),
    ...(when && { when }),
    asserts: [
      ...readAssertions(reading, fields.assert, 'all'),
      ...readAssertions(reading, fields.assert_any, 'any'),
      ...readAssertions(reading, fields.assert_none, 'none'),
    ],
    outputs: readOutputs(reading, fields.output),
    ...(retry && { retry }),
    ...(timeoutMs && { timeoutMs }),
    ...readOnError(reading, fields),
    ...(effect && { effect }),
    ...readUnknownOutcome(reading, fields),
  };
};

const readId = (reading: StepReading, { id: entry }: StepFields, action: string): Pick<Step, 'id' | 'named'> => {
  const number = reading.nextNumber();
  const id = readFixedText(reading, entry);
  if (id !== undefined && entry && checkName(reading, id, entry.value.span, 'step id')) return { id, named: true };
  return { id: `${action.replace(/[^A-Za-z0-9_]/g, '_')}_${number}`, named: false };
};

const defaultRetry = ({ retry }: StepReading, action: string): Retry | undefined =>
  Object.hasOwn(CONTROL_FLOW, action) ? undefined : retry;

const readUnknownOutcome = (reading: StepReading, fields: StepFields): Pick<Step, 'onUnknown' | 'verify'> => {
  const verify = reading.steps(fields.verify);
  const said = readChoice(reading, fields.on_unknown, STEP_KEYS.on_unknown.shape.of);
  if (said === 'verify' && verify.length === 0 && fields.on_unknown) {
    const message = '`on_unknown: verify` needs `verify`: steps that find out whether it happened';
    reading.findings.error('TM1113', fields.on_unknown.value.span, message);
  }
  const onUnknown = said ?? (verify.length > 0 ? 'verify' : undefined);
  return { verify, ...(onUnknown && { onUnknown }) };
};
