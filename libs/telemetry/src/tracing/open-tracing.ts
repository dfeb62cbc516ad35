// The bridge to OpenTelemetry's SDK, loaded only where an exporter is configured. The SDK reads its own variables: exporter,
// protocol, endpoint, headers, batches, limits.
import type { Bus } from '@testmesh/ports';
import type { OtlpSpan } from '@testmesh/views';
import { GivenIds } from './given-ids.ts';
import { otlpProtobufExporter } from './otlp-exporter.ts';
import { recordedSpans } from './recorded-spans.ts';
import { type LinksOf, tracedBus } from './traced-bus.ts';

export interface Tracing {
  /** Resolves when the exporter has taken them into its queue and there is room for more. */
  readonly exportSpans: (spans: readonly OtlpSpan[]) => Promise<void>;
  /** The same bus with a span for every batch sent on. */
  readonly bus: (bus: Bus, topic: string, links: LinksOf) => Bus;
  readonly close: () => Promise<void>;
}

/** Spans handed over before the exporter is asked to send them: fewer than its queue holds. */
const ROOM = 1024;

/** Starts the SDK for a service. */
export const openTracing = async (service: string): Promise<Tracing> => {
  const [{ NodeSDK }, { AlwaysOnSampler }, api] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/api'),
  ]);
  const ids = new GivenIds();
  const traceExporter = await otlpProtobufExporter(process.env);
  const sdk = new NodeSDK({
    ...(process.env['OTEL_SERVICE_NAME'] === undefined && { serviceName: service }),
    ...(traceExporter !== undefined && { traceExporter }),
    idGenerator: ids,
    // What is handed over was chosen before.
    sampler: new AlwaysOnSampler(),
    textMapPropagator: null,
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  const { trace } = api;
  const tracer = trace.getTracer('testmesh');
  const record = recordedSpans(api, tracer, ids);
  let handedOver = 0;
  return {
    exportSpans: async (spans) => {
      for (const span of spans) {
        record(span);
        handedOver += 1;
        if (handedOver % ROOM === 0) await flush(trace.getTracerProvider());
      }
    },
    bus: (bus, topic, links) => tracedBus(bus, { api, tracer, topic, links }),
    close: async () => {
      await sdk.shutdown();
      trace.disable();
    },
  };
};

const flush = async (provider: object): Promise<void> => {
  const own = 'getDelegate' in provider ? (provider.getDelegate as () => object).call(provider) : provider;
  if ('forceFlush' in own) await (own.forceFlush as () => Promise<void>).call(own);
};
