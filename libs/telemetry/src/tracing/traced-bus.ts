import type * as Api from '@opentelemetry/api';
import type { Bus } from '@testmesh/ports';

/** What a batch is about. */
export type LinksOf = (events: Parameters<Bus['publish']>[0]) => readonly Api.Link[];

interface Given {
  readonly api: typeof Api;
  readonly tracer: Api.Tracer;
  readonly topic: string;
  readonly links: LinksOf;
}

/** A span for each batch, never one for each event: a batch is of many traces, and links to them. */
export const tracedBus = (bus: Bus, { api, tracer, topic, links }: Given): Bus => ({
  subscribe: (subscription) => bus.subscribe(subscription),
  close: () => bus.close(),
  publish: async (events) => {
    const options: Api.SpanOptions = {
      kind: api.SpanKind.CLIENT,
      links: [...links(events)],
      attributes: {
        'messaging.operation.name': 'send',
        'messaging.destination.name': topic,
        'messaging.batch.message_count': events.length,
      },
    };
    const span = tracer.startSpan(`send ${topic}`, options, api.ROOT_CONTEXT);
    try {
      await bus.publish(events);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      span.setStatus({ code: api.SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  },
});
