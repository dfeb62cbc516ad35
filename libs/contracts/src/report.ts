import * as z from 'zod';

// The JSON report (`--reporter json`). Fields may be added, never changed or removed.

/** The value of the report's `schema` member. */
export const REPORT_SCHEMA = 'https://testmesh.io/schemas/report-1.json';

const place = {
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
};

const reportError = z.object({
  code: z.string(),
  message: z.string(),
  ...place,
  help: z.string().optional(),
});

const reportAssertion = z.object({
  expression: z.string(),
  group: z.enum(['all', 'any', 'none', 'implied']).describe('implied: an expectation of the action itself'),
  passed: z.boolean(),
  actual: z.unknown().optional().describe('absent when the value never existed'),
  expected: z.unknown().optional(),
  message: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
});

const reportAttempt = z.object({
  status: z.enum(['passed', 'failed', 'error']),
  durationMs: z.number(),
  error: reportError.optional(),
  failures: z.array(z.string()).describe('expressions that did not hold'),
});

const reportStep = z.object({
  id: z.string(),
  phase: z.enum(['setup', 'steps', 'teardown']),
  action: z.string(),
  plugin: z.string().optional().describe('the plugin that brings the action, as `name@version`'),
  status: z.enum(['passed', 'failed', 'error', 'skipped', 'not run']),
  reason: z.string().optional(),
  excused: z.boolean().optional().describe('did not pass, but `on_error: continue` said to go on'),
  attempts: z.int(),
  attemptsDetail: z.array(reportAttempt),
  durationMs: z.number(),
  assertions: z.array(reportAssertion),
  error: reportError.optional(),
  exchange: z
    .object({
      kind: z.string(),
      summary: z.string(),
      request: z.unknown().optional(),
      response: z.unknown().optional(),
      seen: z.unknown().optional(),
      curl: z.string().optional(),
    })
    .optional()
    .describe('what went over the wire, secrets masked'),
  outputs: z.record(z.string(), z.unknown()),
  get steps() {
    return z.array(reportStep);
  },
});

const reportEnvironment = z
  .object({
    id: z.string(),
    context: z.string(),
    name: z.string(),
    namespace: z.string(),
    reused: z.boolean().describe('it was ready when the run came'),
    waitedMs: z.number(),
    services: z.array(
      z.object({
        name: z.string(),
        url: z.string(),
        where: z.enum(['namespace', 'base']).describe('base: beside the namespace, where everybody reaches it'),
      }),
    ),
  })
  .describe('the test environment that the run had to itself');

const reportFlow = z.object({
  file: z.string(),
  name: z.string(),
  status: z.enum(['passed', 'failed', 'error', 'cancelled', 'timed_out', 'skipped', 'invalid']),
  reason: z.string().optional(),
  error: reportError.optional().describe('what ended the flow, with its code'),
  durationMs: z.number(),
  runId: z.string().optional(),
  seed: z.string().optional(),
  testEnvironment: reportEnvironment.optional(),
  teardown: z.object({ status: z.enum(['passed', 'failed', 'error', 'none']) }),
  diagnostics: z
    .array(z.object({ code: z.string(), severity: z.enum(['error', 'warning']), message: z.string(), ...place }))
    .optional()
    .describe('what is wrong with the file; nothing was sent'),
  steps: z.array(reportStep),
});

export const reportSchema = z.object({
  schema: z.literal(REPORT_SCHEMA),
  exitReason: z.enum([
    'passed',
    'failed',
    'usage',
    'invalid',
    'unauthenticated',
    'nothing_matched',
    'infrastructure',
    'timed_out',
    'internal',
    'interrupted',
    'terminated',
  ]),
  summary: z
    .object({
      flows: z.int(),
      passed: z.int(),
      failed: z.int(),
      errors: z.int(),
      skipped: z.int(),
      durationMs: z.number(),
    })
    .describe('counts flows'),
  flows: z.array(reportFlow),
});

export type JsonReport = z.infer<typeof reportSchema>;
export type JsonReportFlow = z.infer<typeof reportFlow>;
export type JsonReportStep = z.infer<typeof reportStep>;
