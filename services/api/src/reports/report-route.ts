import { Problem, REPORT_SCHEMA } from '@testmesh/contracts';
import { runEventOf } from '@testmesh/domain';
import { foldRun, htmlText, jsonText, junitText, type SuiteResult, suiteOfRun } from '@testmesh/views';
import * as z from 'zod';
import { type Route, type RouteAnswer, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from '../runs/deps.ts';
import { readHistory } from '../runs/run-history.ts';
import { runParams } from '../runs/run-routes.ts';
import { formatOf, REPORT_FORMATS, type ReportFormat } from './report-format.ts';

// A run's report in the forms that people hand on, by the code that prints them on the command line.

const runReport = z
  .looseObject({ runId: z.string(), name: z.string(), status: z.string() })
  .meta({ id: 'RunReport', description: 'the run as it is folded from its events (`run`)' });

/** `testmesh schema --report` prints the whole schema. */
const printedReport = z
  .looseObject({
    schema: z.literal(REPORT_SCHEMA),
    exitReason: z.string(),
    flows: z.array(z.looseObject({ name: z.string(), status: z.string() })),
  })
  .meta({ id: 'PrintedReport', description: 'what `--reporter json` prints (`json`)' });

const TYPES: Readonly<Record<ReportFormat, string>> = {
  run: 'application/json; charset=utf-8',
  json: 'application/json; charset=utf-8',
  junit: 'application/xml; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

const PRINTERS: Readonly<Record<Exclude<ReportFormat, 'run'>, (suite: SuiteResult) => string>> = {
  json: jsonText,
  junit: junitText,
  html: htmlText,
};

export const reportRoute = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/report',
    operationId: 'getExecutionReport',
    summary: 'The report of a run',
    description:
      'As the run folded from its events, or as `testmesh run --reporter` prints it. The form is `format`, else what Accept likes best of JSON, XML and HTML. `json` and `junit` are for finished runs.',
    tags: ['Executions'],
    permission: 'runs:view',
    params: runParams,
    query: z.strictObject({ format: z.enum(REPORT_FORMATS).optional() }),
    headers: [{ name: 'Accept', description: '`application/json`, `application/xml` or `text/html`' }],
    responses: {
      200: [
        z.union([printedReport, runReport]),
        { contentType: 'application/xml', description: 'JUnit (`junit`)' },
        { contentType: 'text/html', description: 'a page that needs nothing else (`html`)' },
      ],
    },
    handle: async ({ params: { id }, query, headers, caller }) => {
      const format = formatOf(query.format, headers['accept']);
      const common = { 'content-type': TYPES[format], vary: 'accept' };
      if (format === 'run') return runAnswer(deps, { workspace: caller.workspace, id, headers: common });
      const { events } = await readHistory(deps, caller.workspace, id);
      const report = foldRun(id, events.map(runEventOf));
      if (report.status !== 'finished' && format !== 'html') {
        throw new Problem(
          'conflict',
          `the execution ${id} is ${report.status}; it has a ${format} report when it has ended`,
        );
      }
      return { status: 200, text: PRINTERS[format](suiteOfRun(report)), headers: common };
    },
  });

interface Asked {
  readonly workspace: string;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
}

const runAnswer = async (deps: RunDeps, { workspace, id, headers }: Asked): Promise<RouteAnswer> => {
  // A finished run is folded already: its bytes go out as they are.
  const bytes = await deps.runs.storedJson(workspace, id);
  if (bytes !== undefined) return { status: 200, bytes, headers };
  const { events } = await readHistory(deps, workspace, id);
  return { status: 200, headers, body: foldRun(id, events.map(runEventOf)) };
};
