import type { AssertionRecord, Exchange, Span, StepError } from '@testmesh/domain';
import { frame, Source } from '@testmesh/flow/excerpts';
import { diffValues, isSaidByValues, type StepReport, valueBlock, valueLine } from '@testmesh/views';
import type { Style } from '../terminal/style.ts';

// What a red step says: where, what was expected, what was there, and the exchange that led to it.

type Sources = Readonly<Record<string, string>>;

/** The lines that explain a step which did not pass. */
export const failureLines = (step: StepReport, sources: Sources, style: Style): readonly string[] => {
  const failed = step.assertions.filter(({ passed }) => !passed);
  return [
    ...failed.flatMap((assertion) => assertionLines(step, assertion, sources, style)),
    ...(step.error === undefined ? [] : errorLines(step, step.error, sources, style)),
    ...(step.exchange === undefined ? [] : exchangeLines(step.exchange, style)),
  ];
};

const assertionLines = (
  step: StepReport,
  assertion: AssertionRecord,
  sources: Sources,
  style: Style,
): readonly string[] => [
  title(step.id, `assert ${assertion.expression}`, assertion.span ?? step.span, style),
  ...(assertion.span === undefined ? [] : framed(assertion.span, sources, style, caretText(assertion))),
  ...comparison(assertion, style),
  ...(assertion.message === undefined || isSaidByValues(assertion) ? [] : [`     ${assertion.message}`]),
  ...assertion.values
    .filter(({ text }) => text !== assertion.expression)
    .map(({ text, value }) => style.dim(`     ${text} = ${valueLine(value)}`)),
];

const caretText = (assertion: AssertionRecord): string =>
  assertion.actual === undefined ? '' : valueLine(assertion.actual, 60);

const comparison = ({ actual, expected }: AssertionRecord, style: Style): readonly string[] => {
  if (expected === undefined || actual === undefined) return [];
  return diffValues(expected, actual).map(({ sign, path, text }) =>
    (sign === '-' ? style.green : style.red)(`     ${sign} ${path === '' ? '' : `${path}: `}${text}`),
  );
};

const errorLines = (step: StepReport, error: StepError, sources: Sources, style: Style): readonly string[] => [
  title(step.id, `${error.code}: ${error.message}`, error.span ?? step.span, style),
  ...(error.span === undefined ? [] : framed(error.span, sources, style, '')),
  ...(error.help === undefined ? [] : [`     help: ${error.help}`]),
];

const title = (id: string, what: string, span: Span, style: Style): string =>
  `${style.red(`${style.signs.failed} ${id}`)} › ${style.bold(what)}   ${style.dim(`${span.file}:${span.line}:${span.column}`)}`;

const framed = (span: Span, sources: Sources, style: Style, note: string): readonly string[] => {
  const text = sources[span.file];
  if (text === undefined) return [];
  return frame(new Source(span.file, text), span, { before: 1, suggestion: note }).map(({ kind, gutter, text: line }) =>
    (kind === 'caret' ? style.red : style.dim)(`${gutter} | ${line}`.trimEnd()),
  );
};

const exchangeLines = (exchange: Exchange, style: Style): readonly string[] => [
  `     ${style.cyan(exchange.summary)}`,
  ...part('request', exchange.request, style),
  ...part('response', exchange.response, style),
  ...part('seen', exchange.seen, style),
  ...(exchange.curl === undefined ? [] : [`     ${style.dim('repeat with')} ${exchange.curl}`]),
];

const part = (name: string, value: Exchange['request'], style: Style): readonly string[] => {
  if (value === undefined || value === null) return [];
  const [first = '', ...rest] = valueBlock(value, 24);
  return [`     ${style.dim(name.padEnd(9))}${first}`, ...rest.map((line) => `              ${line}`)];
};
