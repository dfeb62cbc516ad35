import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { serializedSpans } from './span-serializer.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where another exporter or protocol is asked for: the SDK has those. */
export const otlpProtobufExporter = async (environment: Environment): Promise<SpanExporter | undefined> => {
  const given = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== '');
  const exporter = given('OTEL_TRACES_EXPORTER') ?? 'otlp';
  const protocol = given('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  if (exporter !== 'otlp' || protocol !== 'http/protobuf') return undefined;
  const [{ OTLPExporterBase }, { convertLegacyHttpOptions, createOtlpHttpExportDelegate }, transformer] =
    await Promise.all([
      import('@opentelemetry/otlp-exporter-base'),
      import('@opentelemetry/otlp-exporter-base/node-http'),
      import('@opentelemetry/otlp-transformer'),
    ]);
  const { ProtobufTraceSerializer, TraceExporterMetricsHelper } = transformer;
  // Endpoint, headers, certificates, compression and time limits are read from OpenTelemetry's variables here.
  const options = convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', { 'Content-Type': 'application/x-protobuf' });
  const serializer = { ...ProtobufTraceSerializer, serializeRequest: serializedSpans };
  return new OTLPExporterBase<ReadableSpan[]>(
    createOtlpHttpExportDelegate(options, serializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper, undefined),
  );
};
