import type { AssertionRecord, AttemptRecord, Exchange, Span, StepError, Value } from '@testmesh/domain';
import type { StepReport } from '../run-report.ts';
import { isSaidByValues } from './expectation-line.ts';
import { html, type Markup } from './markup.ts';
import { diffValues } from './value-diff.ts';
import { duration, valueBlock, valueLine } from './value-text.ts';

// What a step shows when it is opened: why it is red, what went over the wire, what it kept.

type Sources = Readonly<Record<string, string>>;
const NOTHING: readonly Markup[] = [];

export const stepDetails = (step: StepReport, sources: Sources): readonly Markup[] => [
  html`<p class="place">${step.path} <small>${step.action}${step.plugin === undefined ? '' : ` of ${step.plugin}`} at ${place(step.span)}</small></p>`,
  ...(step.reason === undefined ? NOTHING : [html`<p class="why">${step.reason}</p>`]),
  ...(step.error === undefined ? NOTHING : [errorPart(step.error, sources)]),
  ...step.assertions.map((assertion) => assertionPart(assertion, sources)),
  ...(step.attempts.length > 1 ? [attemptsPart(step.attempts)] : NOTHING),
  ...(step.exchange === undefined ? NOTHING : exchangePart(step.exchange)),
  ...(Object.keys(step.captured).length === 0 ? NOTHING : [block('captured', step.captured)]),
];

const place = ({ file, line, column }: Span): string => `${file}:${line}:${column}`;

const errorPart = ({ code, message, help, span }: StepError, sources: Sources): Markup =>
  html`<div class="broken"><p><code>${code}</code> ${message}</p>
${help === undefined ? '' : html`<p>help: ${help}</p>`}${span === undefined ? '' : frame(span, sources)}</div>`;

const assertionPart = (assertion: AssertionRecord, sources: Sources): Markup => {
  if (assertion.passed) return html`<p class="held">✓ <code>${assertion.expression}</code></p>`;
  const { expression, message, expected, actual, span, values } = assertion;
  return html`<div class="broken"><p>✗ <code>${expression}</code></p>
${message === undefined || isSaidByValues(assertion) ? '' : html`<p>${message}</p>`}${span === undefined ? '' : frame(span, sources)}
${expected === undefined || actual === undefined ? html`<p>got <code>${valueLine(actual)}</code></p>` : difference(expected, actual)}
${values.filter(({ text }) => text !== expression).map(({ text, value }) => html`<p><code>${text} = ${valueLine(value)}</code></p>`)}</div>`;
};

const difference = (expected: Value, actual: Value): Markup =>
  html`<pre class="diff">${diffValues(expected, actual).map(({ sign, path, text }) => {
    const line = `${sign} ${path === '' ? '' : `${path}: `}${text}\n`;
    return sign === '-' ? html`<ins>${line}</ins>` : html`<del>${line}</del>`;
  })}</pre>`;

const BEFORE = 2;

/** The lines of the file that lead to a place, its own line marked. */
const frame = ({ file, line }: Span, sources: Sources): Markup => {
  const lines = sources[file]?.split('\n') ?? [];
  const first = Math.max(1, line - BEFORE);
  return html`<pre class="source">${lines.slice(first - 1, line).map((text, at) => {
    const number = first + at;
    const shown = `${String(number).padStart(4)} | ${text}\n`;
    return number === line ? html`<mark>${shown}</mark>` : shown;
  })}</pre>`;
};

const attemptsPart = (attempts: readonly AttemptRecord[]): Markup =>
  html`<ol class="attempts">${attempts.map(
    ({ status, durationMs, error, failures }) =>
      html`<li>${status} in ${duration(durationMs)} ${error?.message ?? failures.join('; ')}</li>`,
  )}</ol>`;

const exchangePart = ({ summary, request, response, seen, curl }: Exchange): readonly Markup[] => [
  html`<p class="what">${summary}</p>`,
  ...(request == null ? NOTHING : [block('request', request)]),
  ...(response == null ? NOTHING : [block('response', response)]),
  ...(seen == null ? NOTHING : [block('seen', seen)]),
  ...(curl === undefined ? NOTHING : [html`<h4>repeat with</h4><pre>${curl}</pre>`]),
];

const MOST_LINES = 200;

const block = (name: string, value: Value): Markup =>
  html`<h4>${name}</h4><pre>${valueBlock(value, MOST_LINES).join('\n')}</pre>`;
