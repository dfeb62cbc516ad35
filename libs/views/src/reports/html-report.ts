import { allSteps } from '../all-steps.ts';
import type { RunReport, StepReport } from '../run-report.ts';
import { environmentText, WHERE } from './environment-text.ts';
import { stepDetails } from './html-step.ts';
import { STYLE } from './html-style.ts';
import { html, type Markup } from './markup.ts';
import { countFlows, type FlowResult, type SuiteResult } from './suite-result.ts';
import { counted, duration } from './value-text.ts';

// One page that needs nothing else: no script, no font, no picture, and no word of a flow that is not text.

/** The invocation as one HTML document. */
export const htmlText = (result: SuiteResult): string =>
  `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${titleOf(result)}</title>
${STYLE}
</head>
<body>
<header>
<h1>${titleOf(result)}</h1>
<p>${summaryOf(result)}</p>
</header>
<main>
${result.flows.map(flowSection)}
</main>
</body>
</html>
`.text
  }`;

const titleOf = ({ flows }: SuiteResult): string => {
  const [only] = flows;
  return only !== undefined && flows.length === 1 ? `${only.name}: ${word(only)}` : counted(flows.length, 'flow');
};

const word = ({ status, report }: FlowResult): string =>
  (report !== undefined && report.status !== 'finished' ? report.status : status).replace('_', ' ');

const summaryOf = ({ flows, durationMs }: SuiteResult): string => {
  const { passed, failed, errors, skipped } = countFlows(flows);
  return `${passed} passed, ${failed} failed, ${errors} errors, ${skipped} skipped in ${duration(durationMs)}`;
};

const flowSection = (flow: FlowResult): Markup => {
  const { report } = flow;
  const why = flow.reason ?? report?.reason;
  return html`<section class="flow">
<h2><span class="badge ${badge(word(flow))}">${word(flow)}</span> ${flow.name} <small>${flow.file}</small></h2>
${why === undefined ? '' : html`<p class="why">${why}</p>`}
${flow.diagnostics.map(
  ({ code, message, span }) =>
    html`<p class="why"><code>${code}</code> ${message} <small>${span.file}:${span.line}:${span.column}</small></p>`,
)}
${report === undefined ? '' : runFacts(report)}
${report === undefined ? '' : servicesOf(report)}
${report === undefined ? '' : phases(report)}
</section>
`;
};

const runFacts = (report: RunReport): Markup => {
  const ran = allSteps(report.steps).filter(({ status }) => status !== 'not run');
  const facts: readonly (readonly [string, string])[] = [
    ['run', report.runId],
    ['seed', report.seed],
    ...(report.environment === undefined ? [] : [['environment', report.environment] as const]),
    ...(report.testEnvironment === undefined
      ? []
      : [['test environment', environmentText(report.testEnvironment)] as const]),
    ...(report.tags.length === 0 ? [] : [['tags', report.tags.join(', ')] as const]),
    ['steps', String(ran.length)],
    ['checks', String(ran.reduce((sum, { checks }) => sum + checks, 0))],
    ['teardown', report.teardown.status],
    ['duration', duration(report.durationMs)],
  ];
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
};

/** Which service the run reached where. */
const servicesOf = ({ testEnvironment }: RunReport): Markup | '' => {
  if (testEnvironment === undefined || 'waitsFor' in testEnvironment) return '';
  const rows = testEnvironment.routes.map(
    ({ service, url, where }) => html`<tr><td>${service}</td><td>${url}</td><td>${WHERE[where]}</td></tr>\n`,
  );
  return html`<table class="services">\n${rows}</table>`;
};

const phases = (report: RunReport): readonly Markup[] =>
  (['setup', 'steps', 'teardown'] as const).flatMap((phase) => {
    const steps = report.steps.filter((step) => step.phase === phase);
    return steps.length === 0
      ? []
      : [html`<h3>${phase}</h3>\n<ol>${steps.map((step) => stepItem(step, report))}</ol>\n`];
  });

const OPEN = html`<details open>`;
const CLOSED = html`<details>`;

const stepItem = (step: StepReport, report: RunReport): Markup => {
  const red = step.status === 'failed' || step.status === 'error';
  const within = step.steps.length === 0 ? '' : html`<ol>${step.steps.map((inner) => stepItem(inner, report))}</ol>`;
  return html`<li>${red ? OPEN : CLOSED}
<summary><span class="badge ${badge(step.status)}">${step.status}${step.excused ? ' (excused)' : ''}</span> <b>${step.id}</b>
<span class="what">${step.exchange?.summary ?? step.title ?? step.action}</span> <small>${duration(step.durationMs)}</small></summary>
${stepDetails(step, report.sources)}
</details>${within}</li>
`;
};

/** A class of ours: never what a flow says. */
const badge = (status: string): string => (/^[a-z ]+$/.test(status) ? status.replace(' ', '-') : 'unknown');
