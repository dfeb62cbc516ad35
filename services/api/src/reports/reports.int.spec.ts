import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { reportSchema } from '@testmesh/contracts';
import { type RunEvent, runEventOf, runSpanId, traceIdOf } from '@testmesh/domain';
import { foldRun, htmlText, jsonText, junitText, suiteOfRun } from '@testmesh/views';
import { DEFAULT_WORKSPACE } from '../ports.ts';
import { startApi, type TestApi } from '../testing/api.fixture.ts';
import { failed, PING, requested, started, stepFailed, stepStarted, written } from '../testing/flows.ts';
import { formatOf } from './report-format.ts';

// The first question of a server makes its schema and the checks of its answers.
jest.setTimeout(30_000);

let api: TestApi;
let key: string;
let id: string;
const HOSTILE = '<script>alert("ping")</script>';
beforeAll(async () => {
  api = await startApi();
  key = api.access.addKey(DEFAULT_WORKSPACE);
  id = await requested(api, key, { definition: PING.replace('name: ping', `name: '${HOSTILE}'`) });
  const masked = { ...stepFailed, captured: { token: '***' } } as RunEvent;
  written(api, id, started, stepStarted, masked, failed);
});
afterAll(async () => {
  expect(api.failures).toEqual([]);
  await api.app.close();
});

const report = (query = '', headers: Record<string, string> = {}, run = id) =>
  api.ask({ url: `/api/v1/executions/${run}/report${query}`, headers: { 'x-api-key': key, ...headers } });
const suite = () => suiteOfRun(foldRun(id, api.journal.eventsOf(`run-${id}`).map(runEventOf)));

describe('a report', () => {
  test('is what the command line prints of the same run, byte for byte', async () => {
    expect((await report('?format=junit')).body).toBe(junitText(suite()));
    expect((await report('?format=html')).body).toBe(htmlText(suite()));
    const json = await report('?format=json');
    expect(json.body).toBe(jsonText(suite()));
    expect(reportSchema.parse(json.json()).summary).toMatchObject({ flows: 1, failed: 1 });
  });

  test('comes in the form that Accept likes best, and as the folded run where it does not say', async () => {
    const type = async (accept: string) => String((await report('', { accept })).headers['content-type']).split(';')[0];
    expect(await type('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8')).toBe('text/html');
    expect(await type('text/xml')).toBe('application/xml');
    expect(await type('*/*')).toBe('application/json');
    expect((await report()).json()).toMatchObject({ runId: id, verdict: 'failed' });
    expect((await report('', { accept: 'text/html' })).headers['vary']).toContain('accept');
    expect(formatOf('junit', 'text/html')).toBe('junit');
    expect(formatOf(undefined, 'text/html;q=0, application/xml;q=0.1')).toBe('junit');
  });

  test('lets no name of a flow become a part of the page, and shows a mask where a secret was', async () => {
    const { body, headers } = await report('?format=html');
    expect(body).not.toContain('<script');
    expect(body).toContain('&lt;script&gt;alert(&quot;ping&quot;)&lt;/script&gt;');
    expect(body).toContain('***');
    expect(String(headers['content-security-policy'])).toContain("default-src 'none'");
    expect((await report('?format=junit')).body).not.toContain('<script');
  });

  test('of a run that goes on is a page, but no document that says how it ended', async () => {
    const running = await requested(api, key);
    written(api, running, started, stepStarted);
    const refused = await report('?format=junit', {}, running);
    expect(refused.json()).toMatchObject({ status: 409, error: expect.stringContaining('is running') });
    expect((await report('?format=html', {}, running)).body).toContain('<title>ping: running</title>');
    expect((await report('?format=pdf')).statusCode).toBe(400);
  });
});

test('a trace is drawn from the journal, under the ids that the run sent along', async () => {
  const get = (headers = {}) =>
    api.ask({ url: `/api/v1/executions/${id}/trace`, headers: { 'x-api-key': key, ...headers } });
  const response = await get();
  const { spans } = response.json().resourceSpans[0].scopeSpans[0];
  expect(spans.map(({ name }: { name: string }) => name)).toEqual([`RUN ${HOSTILE}`, 'pending', 'ping']);
  const ids = { traceId: traceIdOf(id), spanId: runSpanId(traceIdOf(id)) };
  expect(spans[0]).toMatchObject({ ...ids, status: { code: 2 } });
  expect(spans[2]).toMatchObject({ parentSpanId: ids.spanId, status: { code: 2, message: 'status == 200' } });
  expect((await get({ 'if-none-match': String(response.headers['etag']) })).statusCode).toBe(304);
});
