import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

// A collector as exporters meet it: OTLP over HTTP, in JSON or protobuf (opentelemetry-proto, collector/trace/v1).

interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly links: number;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What an exporter did that the protocol does not allow. */
  readonly offences: readonly string[];
  /** Answers the next requests with this status. */
  answer: number;
}

export const startCollector = async (): Promise<Collector> => {
  const spans: ReceivedSpan[] = [];
  const offences: string[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const type = request.headers['content-type'] ?? '';
      const read = READERS[type];
      const line = `${request.method} ${request.url} ${type}`;
      if (read === undefined || !line.startsWith('POST /v1/traces ')) offences.push(line);
      else if (collector.answer === 200) spans.push(...read(body));
      response.writeHead(collector.answer, { 'content-type': type }).end(type === 'application/json' ? '{}' : '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const collector: Collector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    offences,
    answer: 200,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return collector;
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
};

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly links?: readonly unknown[];
}

const fromJson = (body: Buffer): readonly ReceivedSpan[] => {
  const { resourceSpans } = JSON.parse(body.toString()) as {
    readonly resourceSpans: readonly {
      readonly resource: {
        readonly attributes: readonly { readonly key: string; readonly value: { stringValue?: string } }[];
      };
      readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap((scope) =>
      scope.spans.map(({ traceId, spanId, parentSpanId = '', name, links = [] }) => ({
        service,
        traceId,
        spanId,
        parentSpanId,
        name,
        links: links.length,
      })),
    );
  });
};

// Field numbers of opentelemetry-proto: ResourceSpans 1 → resource 1, scope_spans 2 → spans 2.
const fromProtobuf = (body: Buffer): readonly ReceivedSpan[] =>
  fields(body, 1).flatMap((resourceSpans) => {
    const attributes = fields(resourceSpans, 1).flatMap((resource) => fields(resource, 1));
    const name = attributes.find((attribute) => fields(attribute, 1)[0]?.toString() === 'service.name');
    const service = name === undefined ? '' : String(fields(fields(name, 2)[0] ?? Buffer.alloc(0), 1)[0]);
    return fields(resourceSpans, 2)
      .flatMap((scope) => fields(scope, 2))
      .map((span) => ({
        service,
        traceId: fields(span, 1)[0]?.toString('hex') ?? '',
        spanId: fields(span, 2)[0]?.toString('hex') ?? '',
        parentSpanId: fields(span, 4)[0]?.toString('hex') ?? '',
        name: fields(span, 5)[0]?.toString() ?? '',
        links: fields(span, 13).length,
      }));
  });

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The length-delimited fields of a message that have this number. */
const fields = (message: Buffer, wanted: number): readonly Buffer[] => {
  const found: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const [tag, afterTag] = varint(message, at);
    const wire = tag & 7;
    if (wire === 2) {
      const [length, from] = varint(message, afterTag);
      if (tag >> 3 === wanted) found.push(message.subarray(from, from + length));
      at = from + length;
    } else if (wire === 0) [, at] = varint(message, afterTag);
    else at = afterTag + (FIXED_BYTES[wire] ?? Number.NaN);
  }
  return found;
};

const varint = (message: Buffer, from: number): readonly [number, number] => {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = message[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at + 1];
  }
};

const READERS: Readonly<Record<string, (body: Buffer) => readonly ReceivedSpan[]>> = {
  'application/json': fromJson,
  'application/x-protobuf': fromProtobuf,
};
