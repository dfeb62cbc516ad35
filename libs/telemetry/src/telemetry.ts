// What a service tells of itself: metrics always, traces where OpenTelemetry is configured.
import { runSpanId, traceIdOf } from '@testmesh/domain';
import type { Bus, Clock, Journal, JournalFigures, RunQueue } from '@testmesh/ports';
import type { OnFault, RunSource } from '@testmesh/runtime';
import { createInstruments, type Instruments } from './metrics/instruments.ts';
import { countedFaults, measuredBus, measuredJournal, measuredQueue, measuredSource } from './metrics/measured.ts';
import { refresh, type Watched, type WatchedReader } from './metrics/watched.ts';
import { openTracing, type Tracing } from './tracing/open-tracing.ts';
import { RunTracer } from './tracing/run-tracer.ts';
import { type TraceSettings, traceSettings } from './tracing/sampling.ts';

export interface TelemetryOptions {
  /** As it stands in traces: `testmesh-executor`. */
  readonly service: string;
  /** Where OTEL_… are read from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: { readonly warn: (message: string) => void };
}

export interface Telemetry {
  readonly registry: Instruments['registry'];
  /** The metrics as Prometheus reads them. */
  readonly page: () => Promise<{ readonly contentType: string; readonly text: string }>;
  /** The same ports, watched: appends are timed, and whoever writes a run's end exports its trace. */
  readonly journal: (journal: Journal) => Journal;
  readonly queue: (queue: RunQueue) => RunQueue;
  readonly source: (source: RunSource) => RunSource;
  readonly bus: (bus: Bus) => Bus;
  readonly faults: (onFault: OnFault) => OnFault;
  readonly watchExecutor: (executor: { readonly busy: () => number }, slots: number) => void;
  readonly watchJournal: (figures: JournalFigures, readers: readonly WatchedReader[]) => void;
  /** Sends what is left. */
  readonly close: () => Promise<void>;
}

const JOURNAL_TOPIC = 'testmesh.journal.v1';
/** OpenTelemetry keeps 128 of a span; a batch is of a few runs or of hundreds, and more links help nobody. */
const MOST_LINKS = 32;

export const openTelemetry = async (options: TelemetryOptions): Promise<Telemetry> => {
  const { service, environment, clock, log } = options;
  const instruments = createInstruments();
  const settings = traceSettings(environment);
  const tracing = settings && (await openTracing(service));
  const now = () => clock.monotonic();
  const tracers: RunTracer[] = [];
  let watched: Watched = {};
  return {
    registry: instruments.registry,
    page: async () => {
      await refresh(instruments, watched);
      return { contentType: instruments.registry.contentType, text: await instruments.registry.metrics() };
    },
    journal: (journal) => {
      const tracer = settings && tracing && tracerOf(journal, { settings, tracing, instruments, log });
      if (tracer !== undefined) tracers.push(tracer);
      return measuredJournal(journal, { instruments, now, onAppended: (batch) => tracer?.appended(batch) });
    },
    queue: (queue) => measuredQueue(queue, { instruments, now }),
    source: (source) =>
      measuredSource(source, instruments, (stream, history) => {
        for (const tracer of tracers) tracer.begun(stream, history);
      }),
    bus: (bus) => {
      const measured = measuredBus(bus, { instruments, now });
      return tracing === undefined ? measured : tracing.bus(measured, JOURNAL_TOPIC, runLinks);
    },
    faults: (onFault) => countedFaults(onFault, instruments),
    watchExecutor: (executor, slots) => {
      watched = { ...watched, executor: { busy: executor.busy, slots } };
    },
    watchJournal: (figures, readers) => {
      watched = { ...watched, figures, readers: [...(watched.readers ?? []), ...readers] };
    },
    close: async () => {
      for (const tracer of tracers) await tracer.settled();
      // A collector that is gone keeps no service from ending in order.
      await tracing?.close().catch((error: Error) => {
        instruments.tracesLost.inc({ why: 'not exported' });
        log.warn(`the last traces could not be exported: ${error.message}`);
      });
    },
  };
};

interface Parts {
  readonly settings: TraceSettings;
  readonly tracing: Tracing;
  readonly instruments: Instruments;
  readonly log: TelemetryOptions['log'];
}

const tracerOf = (journal: Journal, { settings, tracing, instruments, log }: Parts): RunTracer =>
  new RunTracer({
    ...settings,
    read: (...given) => journal.read(...given),
    exportSpans: tracing.exportSpans,
    onLost: (why, error) => {
      instruments.tracesLost.inc({ why });
      log.warn(`the trace of a run was lost (${why}): ${error instanceof Error ? error.message : 'too many wait'}`);
    },
  });

const runLinks = (events: Parameters<Bus['publish']>[0]) => {
  const runs = new Set(events.flatMap(({ stream }) => (stream.startsWith('run-') ? [stream.slice(4)] : [])));
  return [...runs].slice(0, MOST_LINKS).map((runId) => {
    const traceId = traceIdOf(runId);
    return { context: { traceId, spanId: runSpanId(traceId), traceFlags: 1 } };
  });
};
