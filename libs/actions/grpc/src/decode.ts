// From the bytes of a message to values: zero values are there, unset messages, optionals and other members of a oneof
// are absent; integers of 64 bits are numbers with all their digits, enums their names, bytes base64.
import { numberFromText, type Value, type ValueMap } from '@testmesh/domain';
import protobuf, { type Field, type Type } from 'protobufjs';
import { wellKnown } from './well-known.ts';

type Plain = Readonly<Record<string, unknown>>;

export const decodeMessage = (type: Type, bytes: Uint8Array): Value =>
  plainValue(type, type.decode(bytes) as unknown as Plain);

const plainValue = (type: Type, message: Plain): Value => {
  const fields = fieldsOf(type, message);
  const known = wellKnown(type);
  return known ? known.toJson(fields) : fields;
};

const fieldsOf = (type: Type, message: Plain): ValueMap =>
  Object.fromEntries(
    type.fieldsArray.flatMap((field) => {
      const resolved = field.resolve();
      // Only what came is the message's own; the prototype holds defaults.
      const isSet = Object.hasOwn(message, field.name);
      if (!isSet && !hasZero(resolved)) return [];
      return [[field.name, fieldValue(resolved, message[field.name])]];
    }),
  );

const hasZero = (field: Field): boolean =>
  field.repeated || field.map || (!field.partOf && !(field.resolvedType instanceof protobuf.Type));

const fieldValue = (field: Field, value: unknown): Value => {
  if (field.map)
    return Object.fromEntries(Object.entries((value ?? {}) as Plain).map(([key, item]) => [key, single(field, item)]));
  if (field.repeated) return ((value ?? []) as unknown[]).map((item) => single(field, item));
  return single(field, value);
};

const single = ({ type, resolvedType }: Field, value: unknown): Value => {
  if (resolvedType instanceof protobuf.Type) return plainValue(resolvedType, value as Plain);
  if (resolvedType instanceof protobuf.Enum) return resolvedType.valuesById[value as number] ?? (value as number);
  if (type === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  if (type.endsWith('64')) return numberFromText(String(value));
  if (type === 'float') return finite(shortestFloat(value as number));
  return type === 'double' ? finite(value as number) : (value as Value);
};

const finite = (value: number): Value => (Number.isFinite(value) ? value : String(value));

/** The shortest decimal that is this 32-bit float: 0.1, not 0.10000000149011612. */
const shortestFloat = (value: number): number => {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
};
