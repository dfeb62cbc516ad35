// From the values of a flow to the bytes of a message. Strict: an unknown field, a wrong type or a number out of range
// is a problem that names its place.
import { ExactNumber, isNumber, type Value, type ValueMap } from '@testmesh/domain';
import protobuf, { type Field, type Type } from 'protobufjs';
import { GrpcProblem } from './problem.ts';
import { wellKnown } from './well-known.ts';

export const encodeMessage = (type: Type, fields: ValueMap): Uint8Array =>
  type.encode(type.create(messageOf(type, fields, 'request'))).finish();

type Plain = Record<string, unknown>;

const unfit = (at: string, expected: string, given: Value): GrpcProblem =>
  new GrpcProblem(
    'TM4405',
    `${at} must be ${expected}, not ${JSON.stringify(given instanceof ExactNumber ? given.text : given)}`,
  );

const messageOf = (type: Type, given: Value, at: string): Plain => {
  const known = wellKnown(type);
  const fields = known ? known.fromJson(given) : isMap(given) ? given : undefined;
  if (fields === undefined) throw unfit(at, known?.expected ?? `a map with the fields of ${type.name}`, given);
  return plain(type, fields, at);
};

const plain = (type: Type, given: ValueMap, at: string): Plain => {
  const members: Record<string, string> = {};
  // In JSON a null field is an unset one.
  const entries = Object.entries(given).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const field = fieldOf(type, key, at);
      const choice = field.partOf?.name;
      if (choice !== undefined && members[choice] !== undefined)
        throw new GrpcProblem('TM4405', `${at}: give ${members[choice]} or ${key}, not both (oneof ${choice})`);
      if (choice !== undefined) members[choice] = key;
      return [field.name, fieldValue(field.resolve(), value, `${at}.${key}`)];
    }),
  );
};

const isMap = (value: Value): value is ValueMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

const fieldOf = (type: Type, key: string, at: string): Field => {
  const field = Object.hasOwn(type.fields, key)
    ? type.fields[key]
    : type.fieldsArray.find(({ name }) => protobuf.util.camelCase(name) === key);
  if (field) return field;
  const names = type.fieldsArray.map(({ name }) => name).join(', ') || 'no fields';
  throw new GrpcProblem('TM4405', `${at}: ${type.name} has no field ${key}; it has ${names}`);
};

const fieldValue = (field: Field, value: Value, at: string): unknown => {
  if (field.map) {
    if (!isMap(value)) throw unfit(at, 'a map', value);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, single(field, item, `${at}.${key}`)]));
  }
  if (!field.repeated) return single(field, value, at);
  if (!Array.isArray(value)) throw unfit(at, 'a list', value);
  return (value as readonly Value[]).map((item, index) => single(field, item, `${at}[${index}]`));
};

const single = (field: Field, value: Value, at: string): unknown => {
  const { resolvedType: type } = field;
  if (type instanceof protobuf.Type) return messageOf(type, value, at);
  if (type instanceof protobuf.Enum) {
    const known = typeof value === 'string' ? type.values[value] : Number.isInteger(value) ? value : undefined;
    if (known === undefined) throw unfit(at, `one of ${Object.keys(type.values).join(', ')}`, value);
    return known;
  }
  return scalar(field.type, value, at);
};

const scalar = (type: string, value: Value, at: string): unknown => {
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value;
      throw unfit(at, 'a text', value);
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw unfit(at, 'true or false', value);
    case 'bytes':
      if (typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return Buffer.from(value, 'base64');
      throw unfit(at, 'base64 text', value);
    case 'double':
    case 'float':
      if (isNumber(value)) return Number(String(value));
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
      throw unfit(at, 'a number', value);
    default:
      return integer(type, value, at);
  }
};

const integer = (type: string, value: Value, at: string): number | string => {
  const wide = type.endsWith('64');
  const signed = !/^(?:u|fixed)/.test(type);
  const bits = wide ? 64n : 32n;
  const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  const text = isNumber(value) || typeof value === 'string' ? String(value) : '';
  // Wide integers may come as text, as JSON writes them.
  if (!/^-?\d+$/.test(text) || (typeof value === 'string' && !wide)) throw unfit(at, `an integer (${type})`, value);
  const exact = BigInt(text);
  if (exact < least || exact > most) throw unfit(at, `an integer from ${least} to ${most} (${type})`, value);
  return wide ? text : Number(text);
};
