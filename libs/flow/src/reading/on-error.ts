import type { Step } from '../model/flow.ts';
import type { MapEntry } from '../model/node.ts';
import { readFields } from './fields.ts';
import { ON_ERROR_KEYS } from './keys.ts';
import type { StepReading } from './step-reading.ts';
import { readChoice, readMap } from './values.ts';

export interface OnError {
  readonly onError: 'fail' | 'continue';
  readonly errorSteps: readonly Step[];
}

const ACTIONS = ON_ERROR_KEYS.action.shape.of;

/** `on_error` as a word or a map, together with the step's own `error_steps`. */
export const readOnError = (
  reading: StepReading,
  { on_error, error_steps, retry }: { [K in 'on_error' | 'error_steps' | 'retry']?: MapEntry },
): OnError => {
  const own = reading.steps(error_steps);
  if (on_error === undefined) return { onError: 'fail', errorSteps: own };
  if (on_error.value.kind === 'scalar') {
    return { onError: whatFollows(reading, on_error, retry), errorSteps: own };
  }
  const map = readMap(reading, on_error);
  if (map === undefined) return { onError: 'fail', errorSteps: own };
  const fields = readFields(map, ON_ERROR_KEYS, { what: '`on_error`', findings: reading.findings });
  if (fields.error_steps && error_steps) {
    reading.findings.error(
      'TM1104',
      fields.error_steps.keySpan,
      '`error_steps` stands here and on the step; give one of them',
    );
  }
  const onError = whatFollows(reading, fields.action, retry);
  if (fields.on_timeout && whatFollows(reading, fields.on_timeout, retry) !== onError) {
    const message = 'a timeout is an error like any other: `on_timeout` cannot differ from `action`';
    reading.findings.error('TM1113', fields.on_timeout.value.span, message, {
      help: 'a wait_until step can let its own timeout pass: on_timeout: continue in its config',
    });
  }
  return { onError, errorSteps: fields.error_steps ? reading.steps(fields.error_steps) : own };
};

const whatFollows = (
  reading: StepReading,
  entry: MapEntry | undefined,
  retry: MapEntry | undefined,
): OnError['onError'] => {
  const chosen = readChoice(reading, entry, ACTIONS);
  if (chosen === 'retry' && retry === undefined) {
    reading.findings.error(
      'TM1113',
      entry?.value.span ?? reading.source.span(0, 0),
      'retry how often? `on_error: retry` needs a `retry`',
      {
        help: 'write retry: 3, or retry: {max_attempts: 3, delay: 1s}',
      },
    );
  }
  return chosen === 'continue' ? 'continue' : 'fail';
};
