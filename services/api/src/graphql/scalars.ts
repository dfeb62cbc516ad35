import type { Value } from '@testmesh/domain';
import { GraphQLScalarType, Kind, type ObjectValueNode, type ValueNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Any JSON value; numbers keep their digits. */
export const jsonScalar = new GraphQLScalarType<Value>({
  name: 'JSON',
  description: 'Any JSON value.',
  serialize: (value) => value as Value,
  parseValue: (value) => value as Value,
  parseLiteral: (node, variables) => literal(node, variables),
});

export const dateTimeScalar = new GraphQLScalarType<string>({
  name: 'DateTime',
  description: 'A moment as RFC 3339 writes it, in UTC with milliseconds.',
  serialize: String,
  parseValue: (value) => text(value),
  parseLiteral: (node) => text('value' in node ? node.value : undefined),
});

const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw new TypeError('a DateTime is a text: 2030-01-01T00:00:00.000Z');
};

const literal = (node: ValueNode, variables: Variables): Value => {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((item) => literal(item, variables));
    case Kind.OBJECT:
      return objectOf(node, variables);
    case Kind.VARIABLE:
      return (variables?.[node.name.value] ?? null) as Value;
    default:
      return node.value;
  }
};

const objectOf = ({ fields }: ObjectValueNode, variables: Variables): Value =>
  Object.fromEntries(fields.map(({ name, value }) => [name.value, literal(value, variables)]));
