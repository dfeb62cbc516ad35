import { expect, test } from '@jest/globals';
import { traceIdOf } from '@testmesh/domain';
import { newRunId } from '@testmesh/runtime';
import { isSampled, traceSettings } from './sampling.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test('nothing is traced unless an exporter is configured', () => {
  expect(traceSettings({})).toBeUndefined();
  expect(traceSettings({ OTEL_SERVICE_NAME: 'x' })).toBeUndefined();
  expect(traceSettings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
  expect(traceSettings({ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' })).toBeUndefined();
});

test.each([
  [{}, 1],
  [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, 1],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, 0.25],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0],
])('%j asks for a ratio of %p', (variables, ratio) => {
  expect(traceSettings({ ...ENDPOINT, ...variables })).toEqual({ ratio, failed: true });
});

test('a sampler that is not known is refused, and so is a ratio that is none', () => {
  expect(() => traceSettings({ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'jaeger_remote' })).toThrow('OTEL_TRACES_SAMPLER');
  const ratio = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '12' };
  expect(() => traceSettings({ ...ENDPOINT, ...ratio })).toThrow('OTEL_TRACES_SAMPLER_ARG=12');
});

test('failed runs are left out where nobody wants them', () => {
  expect(traceSettings({ ...ENDPOINT, TESTMESH_TRACE_FAILED_RUNS: 'false' })?.failed).toBe(false);
});

test('a tenth of all runs is a tenth, and the same tenth everywhere', () => {
  const ids = Array.from({ length: 5000 }, () => traceIdOf(newRunId()));
  const chosen = ids.filter((id) => isSampled(id, 0.1));
  expect(chosen.length).toBeGreaterThan(350);
  expect(chosen.length).toBeLessThan(650);
  expect(chosen.every((id) => isSampled(id, 0.2))).toBe(true);
  expect(ids.filter((id) => isSampled(id, 1))).toHaveLength(5000);
  expect(ids.filter((id) => isSampled(id, 0))).toHaveLength(0);
});
