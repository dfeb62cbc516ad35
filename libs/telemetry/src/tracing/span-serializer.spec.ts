import { expect, test } from '@jest/globals';
import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type ReadableSpan, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { serializedSpans } from './span-serializer.ts';

const ended: ReadableSpan[] = [];
const processor: SpanProcessor = {
  onStart: () => undefined,
  onEnd: (span) => void ended.push(span),
  forceFlush: async () => undefined,
  shutdown: async () => undefined,
};
const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('testmesh');

/** What the SDK makes of what is done with a tracer. */
const spansOf = (work: () => void): readonly ReadableSpan[] => {
  ended.length = 0;
  work();
  return [...ended];
};

const opentelemetrys = (spans: readonly ReadableSpan[]): Uint8Array | undefined =>
  ProtobufTraceSerializer.serializeRequest([...spans]);

const sameBytes = (spans: readonly ReadableSpan[]): void => {
  expect(Buffer.from(serializedSpans(spans)).toString('hex')).toBe(
    Buffer.from(opentelemetrys(spans) ?? []).toString('hex'),
  );
};

test("a span with a parent, events, links and an error has the bytes of OpenTelemetry's own serializer", () => {
  const spans = spansOf(() => {
    const parent = tracer.startSpan('RUN checkout', { kind: SpanKind.SERVER, startTime: [1_790_000_000, 999_999_000] });
    const context = trace.setSpan(ROOT_CONTEXT, parent);
    const child = tracer.startSpan(
      'pay → wait',
      { links: [{ context: parent.spanContext(), attributes: { 'link.reason': 'takeover' } }] },
      context,
    );
    child.addEvent('exception', { 'exception.message': 'status == 201 does not hold' }, [1_790_000_001, 1]);
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'expected 201' });
    child.end([1_790_000_002, 0]);
    parent.setStatus({ code: SpanStatusCode.OK });
    parent.end();
  });
  expect(spans).toHaveLength(2);
  sameBytes(spans);
});

const VALUES: readonly Attributes[string][] = [
  '',
  'x',
  'ä → 🎉',
  'a'.repeat(127),
  'ß'.repeat(64),
  'long '.repeat(4000),
  true,
  false,
  0,
  127,
  128,
  2 ** 32,
  Number.MAX_SAFE_INTEGER,
  -1,
  -(2 ** 40),
  1.5,
  -0.25,
  ['a', 'b'],
  [1, 2.5, -3],
  [true],
  [],
];

test('attributes of every kind and length have them', () => {
  const spans = spansOf(() => {
    for (const value of VALUES) tracer.startSpan('s', { attributes: { 'testmesh.value': value } }).end();
  });
  expect(spans).toHaveLength(VALUES.length);
  for (const span of spans) sameBytes([span]);
});

test('many spans have them, and so has none', () => {
  sameBytes(
    spansOf(() => {
      for (let nth = 0; nth < 300; nth++) {
        tracer.startSpan(`step ${nth}`, { attributes: { nth, text: 'y'.repeat(nth * 10) } }).end();
      }
    }),
  );
  sameBytes([]);
});

test('what belongs to two resources is told apart', () => {
  const other = new TracerProvider({ spanProcessors: [processor] }).getTracer('testmesh.relay');
  const spans = spansOf(() => {
    for (let nth = 0; nth < 2; nth++) for (const one of [tracer, other]) one.startSpan(`${nth}`).end();
  });
  sameBytes(spans);
});
