// Google's well-known types stand for plain values: a Timestamp is ISO text, a Struct is a map, a StringValue a text.
import { ExactNumber, isNumber, type Value, type ValueMap } from '@testmesh/domain';
import type { Type } from 'protobufjs';

interface WellKnown {
  /** The plain value of a decoded message. */
  readonly toJson: (fields: ValueMap) => Value;
  /** The fields for a plain value; undefined when it is none of those. */
  readonly fromJson: (value: Value) => ValueMap | undefined;
  /** What is taken, in words. */
  readonly expected: string;
}

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const SECONDS = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/;

const nanosOf = (fraction = ''): number => Number(fraction.padEnd(9, '0'));
const fractionOf = (nanos: Value | undefined): string => {
  const digits = String(Math.abs(Number(nanos ?? 0)))
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  return digits === '' ? '' : `.${digits}`;
};

const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const timestamp: WellKnown = {
  expected: 'a time such as 2030-01-01T12:00:00Z',
  toJson: ({ seconds, nanos }) =>
    new Date(Number(seconds ?? 0) * 1000).toISOString().replace('.000Z', `${fractionOf(nanos)}Z`),
  fromJson: (value) => {
    if (isMap(value)) return value;
    const [, time, fraction, zone] = (typeof value === 'string' && ISO.exec(value)) || [];
    if (time === undefined || Number.isNaN(Date.parse(`${time}${zone}`))) return undefined;
    return { seconds: Date.parse(`${time}${zone}`) / 1000, nanos: nanosOf(fraction) };
  },
};

const duration: WellKnown = {
  expected: 'seconds such as 1.5s',
  toJson: ({ seconds, nanos }) => {
    const sign = Number(seconds ?? 0) < 0 || Number(nanos ?? 0) < 0 ? '-' : '';
    return `${sign}${String(seconds ?? 0).replace('-', '')}${fractionOf(nanos)}s`;
  },
  fromJson: (value) => {
    if (isMap(value)) return value;
    const [, sign, seconds, fraction] = (typeof value === 'string' && SECONDS.exec(value)) || [];
    if (seconds === undefined) return undefined;
    const factor = sign === '-' ? -1 : 1;
    return { seconds: factor * Number(seconds), nanos: factor * nanosOf(fraction) || 0 };
  },
};

const wrapper: WellKnown = {
  expected: 'a plain value',
  toJson: ({ value }) => value ?? null,
  fromJson: (value) => (isMap(value) ? value : { value }),
};

const struct: WellKnown = {
  expected: 'a map',
  toJson: ({ fields }) => fields ?? {},
  fromJson: (value) => (isMap(value) ? { fields: value } : undefined),
};

const listValue: WellKnown = {
  expected: 'a list',
  toJson: ({ values }) => values ?? [],
  fromJson: (value) => (Array.isArray(value) ? { values: value as readonly Value[] } : undefined),
};

const anyValue: WellKnown = {
  expected: 'a value',
  toJson: (fields) => {
    const [kind, value] = Object.entries(fields)[0] ?? [];
    return kind === undefined || /^null_?value$/i.test(kind) ? null : (value ?? null);
  },
  fromJson: (value) => {
    if (value === null) return { nullValue: 0 };
    if (isNumber(value)) return { numberValue: value };
    if (typeof value === 'string') return { stringValue: value };
    if (typeof value === 'boolean') return { boolValue: value };
    return Array.isArray(value) ? { listValue: value as readonly Value[] } : { structValue: value };
  },
};

const WRAPPERS = ['Double', 'Float', 'Int64', 'UInt64', 'Int32', 'UInt32', 'Bool', 'String', 'Bytes'];

const KNOWN: ReadonlyMap<string, WellKnown> = new Map([
  ['.google.protobuf.Timestamp', timestamp],
  ['.google.protobuf.Duration', duration],
  ['.google.protobuf.Struct', struct],
  ['.google.protobuf.ListValue', listValue],
  ['.google.protobuf.Value', anyValue],
  ...WRAPPERS.map((name) => [`.google.protobuf.${name}Value`, wrapper] as const),
]);

/** How a type is written as a plain value; undefined for an ordinary message. */
export const wellKnown = (type: Type): WellKnown | undefined => KNOWN.get(type.fullName);
