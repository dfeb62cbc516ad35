// Spans in the JSON of OTLP (opentelemetry-proto, JSON mapping): numbers of 64 bits are texts, ids are hex.

type AttributeValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly boolValue: boolean };

export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** 1 internal, 2 server. */
type SpanKind = 1 | 2;

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly SpanEvent[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: Attribute[] }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: 0 | 1 | 2; readonly message?: string };
}

export interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

export interface OtlpTrace {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** Attributes by their names; what is undefined is left out. */
export const attributes = (
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): readonly Attribute[] => {
  const given: Attribute[] = [];
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) given.push({ key, value: anyValue(value) });
  }
  return given;
};

const anyValue = (value: string | number | boolean): AttributeValue => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};

/** Nanoseconds since 1970 as a text. */
export const nanos = (micros: number): string => `${Math.round(micros)}000`;
