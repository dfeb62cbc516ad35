import type * as Api from '@opentelemetry/api';
import type { OtlpSpan } from '@testmesh/views';
import type { GivenIds } from './given-ids.ts';

/** Gives spans that lie in the past to a tracer, with the ids and times they had. */
export const recordedSpans =
  ({ trace, ROOT_CONTEXT, SpanKind, TraceFlags }: typeof Api, tracer: Api.Tracer, ids: GivenIds) =>
  (span: OtlpSpan): void => {
    const { traceId, parentSpanId } = span;
    const sampled = { traceFlags: TraceFlags.SAMPLED };
    const context =
      parentSpanId === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentSpanId, ...sampled });
    const options: Api.SpanOptions = {
      kind: span.kind === 2 ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: hrTime(span.startTimeUnixNano),
      attributes: plain(span.attributes),
      links: span.links.map((link) => ({
        context: { traceId: link.traceId, spanId: link.spanId, ...sampled },
        attributes: plain(link.attributes),
      })),
    };
    const started = ids.with(span, () => tracer.startSpan(span.name, options, context));
    for (const event of span.events) started.addEvent(event.name, plain(event.attributes), hrTime(event.timeUnixNano));
    started.setStatus(span.status);
    started.end(hrTime(span.endTimeUnixNano));
  };

const hrTime = (nanos: string): Api.HrTime => [Number(nanos.slice(0, -9)), Number(nanos.slice(-9))];

const plain = (attributes: OtlpSpan['attributes']): Record<string, Api.AttributeValue> => {
  const values: Record<string, Api.AttributeValue> = {};
  for (const { key, value } of attributes) {
    if ('stringValue' in value) values[key] = value.stringValue;
    else if ('intValue' in value) values[key] = Number(value.intValue);
    else values[key] = 'doubleValue' in value ? value.doubleValue : value.boolValue;
  }
  return values;
};
