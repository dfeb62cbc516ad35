import type {
  AssertionRecord,
  AttemptRecord,
  Exchange,
  RunEvent,
  StepError,
  SubValue,
  Value,
  ValueMap,
} from '@testmesh/domain';
import { MASK, type Masker } from './masker.ts';

// Which parts of a fact may hold a secret. Ids, paths, actions and places come from the file and stay as they are.

/** The fact without secrets. */
export const maskEvent = (event: RunEvent, masker: Masker): RunEvent => {
  switch (event.type) {
    case 'StepCompleted':
      return {
        ...event,
        ...maskTexts(event, masker),
        attempts: event.attempts.map((attempt) => maskAttempt(attempt, masker)),
        assertions: event.assertions.map((record) => maskAssertion(record, masker)),
        captured: masker.value(event.captured),
        ...(event.output !== undefined && { output: masker.value(event.output) }),
        ...(event.drawn && { drawn: event.drawn.map((drawn) => ({ ...drawn, value: masker.value(drawn.value) })) }),
        ...(event.exchange && { exchange: maskExchange(event.exchange, masker) }),
      };
    case 'StepStarted':
    case 'ResourceClosed':
      return { ...event, ...maskTexts(event, masker) };
    case 'ResourceOpened':
      return { ...event, key: masker.text(event.key) };
    case 'SourceRecorded':
      return { ...event, text: masker.text(event.text) };
    case 'PositionsRecorded':
      return { ...event, resource: masker.text(event.resource), positions: masker.value(event.positions) };
    case 'RunRequested':
      return { ...event, variables: masker.value(event.variables) };
    case 'RunCompleted':
      return { ...event, ...maskTexts(event, masker), outputs: masker.value(event.outputs) };
    case 'RunStarted':
      return {
        ...event,
        plan: event.plan.map((step) => (step.title === undefined ? step : { ...step, ...maskTexts(step, masker) })),
      };
    case 'EnvironmentEntered':
      return {
        ...event,
        context: masker.text(event.context),
        namespace: masker.text(event.namespace),
        name: masker.text(event.name),
        routes: event.routes.map((route) => ({ ...route, url: masker.text(route.url) })),
      };
    case 'EnvironmentAwaited':
      return { ...event, context: masker.text(event.context) };
    case 'StepOutcomeUnknown':
    case 'RunCancelRequested':
    case 'RunClaimed':
    case 'RunLeaseExpired':
    case 'RunReleased':
    case 'RunParked':
    case 'RunUnparked':
    case 'RunRestarted':
      return event;
  }
};

interface Worded {
  readonly title?: string;
  readonly reason?: string;
  readonly key?: string;
  readonly error?: StepError;
}

const maskTexts = ({ title, reason, key, error }: Worded, masker: Masker): Worded => ({
  ...(title !== undefined && { title: masker.text(title) }),
  ...(reason !== undefined && { reason: masker.text(reason) }),
  ...(key !== undefined && { key: masker.text(key) }),
  ...(error && { error: maskError(error, masker) }),
});

const maskError = (error: StepError, masker: Masker): StepError => ({
  ...error,
  message: masker.text(error.message),
  ...(error.help !== undefined && { help: masker.text(error.help) }),
});

const maskAttempt = (attempt: AttemptRecord, masker: Masker): AttemptRecord =>
  attempt.status === 'passed'
    ? attempt
    : {
        ...attempt,
        ...(attempt.error && { error: maskError(attempt.error, masker) }),
        failures: attempt.failures.map((failure) => masker.text(failure)),
      };

/** A side of a comparison with a header that is secret by its name is masked even when its value is short. */
const maskAssertion = (record: AssertionRecord, masker: Masker): AssertionRecord => ({
  ...record,
  expression: masker.text(record.expression),
  ...(record.actual !== undefined && { actual: maskSide(record, record.actual, masker) }),
  ...(record.expected !== undefined && { expected: maskSide(record, record.expected, masker) }),
  ...(record.message !== undefined && { message: masker.text(record.message) }),
  values: record.values.map((part) => maskPart(part, masker)),
});

const maskPart = (part: SubValue, masker: Masker): SubValue => {
  const value = masker.value(part.value);
  const text = masker.text(part.text);
  return value === part.value && text === part.text ? part : { ...part, text, value };
};

const SECRET_HEADER = /headers\s*(?:\.|\[\s*["'])(?:proxy-authorization|authorization|set-cookie|cookie)/i;

const maskSide = (record: AssertionRecord, side: Value, masker: Masker): Value =>
  SECRET_HEADER.test(record.expression) && typeof side !== 'boolean' ? MASK : masker.value(side);

const maskExchange = (exchange: Exchange, masker: Masker): Exchange => ({
  kind: exchange.kind,
  summary: masker.text(exchange.summary),
  ...masker.value(sides(exchange)),
  ...(exchange.curl !== undefined && { curl: masker.headerLines(exchange.curl) }),
});

const sides = ({ request, response, seen }: Exchange): ValueMap => ({
  ...(request !== undefined && { request }),
  ...(response !== undefined && { response }),
  ...(seen !== undefined && { seen }),
});
