import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { describeWith } from '../tools/testing/real.ts';
import { dataFolder, freePort, type RunningPlatform, startPlatform } from './support/platform.ts';

// `testmesh up` as it is shipped, with a collector beside it: what a run sends, what is exported of it, what its journal
// says and what is counted fit together.

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

describeWith('postgres', 'telemetry of a run', (postgres) => {
  let data: Awaited<ReturnType<typeof dataFolder>>;
  let platform: RunningPlatform;
  let healthPort: number;
  const spans: Span[] = [];
  const traceparents: (string | undefined)[] = [];
  const collector = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  const target = createServer((request, response) => {
    traceparents.push(request.headers['traceparent'] as string | undefined);
    response.setHeader('content-type', 'application/json').end('{"ok":true}');
  });
  const urlOf = (server: typeof target): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeAll(async () => {
    for (const server of [collector, target]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    data = await dataFolder();
    const name = `telemetry_${randomBytes(5).toString('hex')}`;
    const owner = new Client({ connectionString: postgres });
    await owner.connect();
    await owner.query(`CREATE DATABASE ${name}`);
    await owner.end();
    const url = new URL(postgres);
    url.pathname = `/${name}`;
    healthPort = await freePort();
    platform = await startPlatform(data.path, await freePort(), {
      DATABASE_URL: url.href,
      TESTMESH_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('hex')}`,
      TESTMESH_HEALTH_PORT: String(healthPort),
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector),
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
  }, 90_000);

  afterAll(async () => {
    await platform?.stop();
    for (const server of [collector, target]) {
      server.closeAllConnections();
      server.close();
    }
    await data?.[Symbol.asyncDispose]();
  }, 60_000);

  const metrics = async (from: string): Promise<string> => (await fetch(from)).text();

  test('request, exported span, drawn trace and metrics tell of the same run', async () => {
    const definition = `flow:\n  name: traced\n  steps:\n    - { id: call, action: http_request, config: { method: GET, url: "${urlOf(target)}/" }, assert: [status == 200] }\n`;
    const created = await fetch(`${platform.url}/api/v1/executions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ definition }),
    });
    const { id, trace_id: traceId } = (await created.json()) as { id: string; trace_id: string };
    for (let tries = 0; spans.length < 3; tries++) {
      if (tries > 600)
        throw new Error(`the trace of ${id} never arrived: ${JSON.stringify(spans)}\n${platform.said()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const drawn = (await (await fetch(`${platform.url}/api/v1/executions/${id}/trace`)).json()) as {
      resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
    };
    const idsOf = (some: readonly Span[]) => some.map(({ name, spanId, parentSpanId }) => [name, spanId, parentSpanId]);
    expect(spans.every((span) => span.traceId === traceId)).toBe(true);
    expect(idsOf(spans)).toEqual(idsOf(drawn.resourceSpans[0]?.scopeSpans[0]?.spans ?? []));
    expect(traceparents).toEqual([`00-${traceId}-${spans.find(({ name }) => name === 'call')?.spanId}-01`]);
    for (const from of [`${platform.url}/metrics`, `http://127.0.0.1:${healthPort}/metrics`]) {
      const text = await metrics(from);
      expect(text).toContain('testmesh_runs_ended_total{verdict="passed"} 1');
      expect(text).toContain('testmesh_step_seconds_count{action="http_request",status="passed"} 1');
      expect(text).toMatch(
        /testmesh_http_request_seconds_count\{method="POST",route="\/api\/v1\/executions",status="201"\} 1/,
      );
      expect(text).toMatch(/testmesh_journal_reader_lag_seconds\{reader="runs"\} [\d.]+/);
    }
  }, 90_000);
});
