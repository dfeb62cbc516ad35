import { foldTrace } from '@testmesh/views';
import * as z from 'zod';
import { type Route, workspaceRoute } from '../http/route.ts';
import type { RunDeps } from '../runs/deps.ts';
import { readHistory } from '../runs/run-history.ts';
import { runParams } from '../runs/run-routes.ts';

const attributeList = z.array(
  z.object({
    key: z.string(),
    value: z.union([
      z.object({ stringValue: z.string() }),
      z.object({ intValue: z.string() }),
      z.object({ doubleValue: z.number() }),
      z.object({ boolValue: z.boolean() }),
    ]),
  }),
);
const hexId = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const time = z.string().regex(/^\d+$/).describe('nanoseconds since 1970');

const otlpSpan = z
  .object({
    traceId: hexId(32),
    spanId: hexId(16),
    parentSpanId: hexId(16).optional(),
    name: z.string(),
    kind: z.int().min(1).max(2).describe('1 internal, 2 server'),
    startTimeUnixNano: time,
    endTimeUnixNano: time,
    attributes: attributeList,
    events: z.array(z.object({ timeUnixNano: time, name: z.string(), attributes: attributeList })),
    links: z.array(z.object({ traceId: hexId(32), spanId: hexId(16), attributes: attributeList })),
    status: z.object({ code: z.int().min(0).max(2), message: z.string().optional() }),
  })
  .meta({ id: 'Span' });

const otlpTrace = z
  .object({
    resourceSpans: z.array(
      z.object({
        resource: z.object({ attributes: attributeList }),
        scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(otlpSpan) })),
      }),
    ),
  })
  .meta({ id: 'Trace' });

export const traceRoute = (deps: RunDeps): Route =>
  workspaceRoute({
    method: 'GET',
    path: '/executions/:id/trace',
    operationId: 'getExecutionTrace',
    summary: 'The run as a trace, in the JSON of OTLP',
    description:
      'Drawn from the journal, whole whatever tracing sampled. Its ids are those of the `traceparent` that the run sent to what it called.',
    tags: ['Executions'],
    permission: 'runs:view',
    params: runParams,
    responses: { 200: otlpTrace },
    handle: async ({ params: { id }, caller }) => {
      const { events, row } = await readHistory(deps, caller.workspace, id);
      return { status: 200, headers: { etag: `"${row.ver}"` }, body: foldTrace(id, events) };
    },
  });
