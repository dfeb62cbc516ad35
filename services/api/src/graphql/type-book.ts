import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLID,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableInputType,
  type GraphQLNullableOutputType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
} from 'graphql';
import type { GraphContext } from './context.ts';
import { camel, enumName, pascal } from './names.ts';
import { dateTimeScalar, jsonScalar } from './scalars.ts';

// GraphQL's types from the JSON Schemas that the OpenAPI document shows: one contract, two ways to ask.
// What GraphQL cannot say - maps, unions of shapes - is JSON.

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

export type Fields = GraphQLFieldConfigMap<Row, GraphContext>;
/** A body of the REST API: what types are resolved from. */
export type Row = Readonly<Record<string, unknown>>;

interface Place {
  /** What an inline type is named: its owner and its field. */
  readonly name: string;
  readonly isRequired: boolean;
  /** The name of the member, which says whether a text is an id. */
  readonly member: string;
}

export class TypeBook {
  readonly #components: Readonly<Record<string, JsonSchema>>;
  readonly #more: (type: string) => Fields;
  readonly #outputs = new Map<string, GraphQLNullableOutputType>();
  readonly #inputs = new Map<string, GraphQLNullableInputType>();
  readonly #enums = new Map<string, GraphQLEnumType>();

  /** `more` gives the fields that a type has beside those of its schema. */
  constructor(components: Readonly<Record<string, JsonSchema>>, more: (type: string) => Fields) {
    this.#components = components;
    this.#more = more;
  }

  output(schema: JsonSchema, place: Place): GraphQLOutputType {
    const { inner, isNullable } = this.#opened(schema);
    const type = this.#bareOutput(inner, place);
    // Any JSON value may be null; a map is not.
    const mayBeNull = isNullable || (type === jsonScalar && this.#resolved(inner).type !== 'object');
    return place.isRequired && !mayBeNull ? new GraphQLNonNull(type) : type;
  }

  input(schema: JsonSchema, place: Place): GraphQLInputType {
    const { inner, isNullable } = this.#opened(schema);
    const type = this.#bareInput(inner, place);
    return place.isRequired && !isNullable && schema.default === undefined ? new GraphQLNonNull(type) : type;
  }

  /** A component's type; undefined when no schema bears that name. */
  named(name: string): GraphQLNullableOutputType | undefined {
    if (this.#components[name] === undefined) return undefined;
    return this.#bareOutput({ $ref: `#/components/schemas/${name}` }, { name, isRequired: false, member: '' });
  }

  /** A value of `schema` as REST takes it: the names of its members as it knows them. */
  restValue(schema: JsonSchema, value: unknown): unknown {
    const { inner } = this.#opened(schema);
    const resolved = this.#resolved(inner);
    if (Array.isArray(value)) return value.map((item) => this.restValue(resolved.items ?? {}, item));
    if (resolved.properties === undefined || typeof value !== 'object' || value === null) return value;
    const given = value as Row;
    return Object.fromEntries(
      Object.entries(resolved.properties).flatMap(([name, member]) =>
        given[camel(name)] === undefined ? [] : [[name, this.restValue(member, given[camel(name)])]],
      ),
    );
  }

  #opened(schema: JsonSchema): { readonly inner: JsonSchema; readonly isNullable: boolean } {
    const branches = schema.anyOf?.filter(({ type }) => type !== 'null');
    if (schema.anyOf !== undefined && branches?.length === 1 && schema.anyOf.length === 2) {
      return { inner: { ...branches[0] }, isNullable: true };
    }
    // A list that may be written as one text is a list here.
    const list = branches?.find(({ type }) => type === 'array');
    if (list !== undefined && branches?.every(({ type }) => type === 'array' || type === 'string')) {
      return { inner: list, isNullable: false };
    }
    if (Array.isArray(schema.type) && schema.type.length === 2 && schema.type.includes('null')) {
      const type = schema.type.find((name: string) => name !== 'null') as string;
      return { inner: { ...schema, type }, isNullable: true };
    }
    return { inner: schema, isNullable: false };
  }

  #resolved(schema: JsonSchema): JsonSchema {
    const name = nameIn(schema);
    return name === undefined ? schema : (this.#components[name] ?? {});
  }

  #bareOutput(schema: JsonSchema, { name, member }: Place): GraphQLNullableOutputType {
    const component = nameIn(schema);
    const typeName = component ?? name;
    const resolved = this.#resolved(schema);
    if (resolved.type === 'array') {
      return new GraphQLList(this.output(resolved.items ?? {}, { name: typeName, isRequired: true, member: '' }));
    }
    if (resolved.properties === undefined) return this.#leaf(resolved, typeName, member);
    const known = this.#outputs.get(typeName);
    if (known !== undefined) return known;
    const type = new GraphQLObjectType<Row, GraphContext>({
      name: typeName,
      fields: () => ({ ...this.#fieldsOf(resolved, typeName), ...this.#more(typeName) }),
    });
    this.#outputs.set(typeName, type);
    return type;
  }

  #fieldsOf({ properties = {}, required = [] }: JsonSchema, owner: string): Fields {
    const fields = Object.entries(properties).map(([name, schema]) => [
      camel(name),
      {
        type: this.output(schema, {
          name: `${owner}${pascal(name)}`,
          isRequired: required.includes(name),
          member: name,
        }),
        ...(schema.description !== undefined && { description: schema.description }),
        resolve: (row: Row) => row[name],
      },
    ]);
    return Object.fromEntries(fields) as Fields;
  }

  #bareInput(schema: JsonSchema, { name, member }: Place): GraphQLNullableInputType {
    const component = nameIn(schema);
    const typeName = component ?? name;
    const resolved = this.#resolved(schema);
    if (resolved.type === 'array') {
      return new GraphQLList(this.input(resolved.items ?? {}, { name: typeName, isRequired: true, member: '' }));
    }
    if (resolved.properties === undefined) return this.#leaf(resolved, typeName, member);
    const known = this.#inputs.get(typeName);
    if (known !== undefined) return known;
    const type = new GraphQLInputObjectType({
      name: component === undefined ? `${typeName}Input` : typeName,
      fields: () => this.#inputFields(resolved, typeName),
    });
    this.#inputs.set(typeName, type);
    return type;
  }

  #inputFields({ properties = {}, required = [] }: JsonSchema, owner: string): GraphQLInputFieldConfigMap {
    const fields = Object.entries(properties).map(([name, schema]) => {
      const place = { name: `${owner}${pascal(name)}`, isRequired: required.includes(name), member: name };
      const described = schema.description !== undefined && { description: schema.description };
      return [camel(name), { type: this.input(schema, place), ...described }];
    });
    return Object.fromEntries(fields) as GraphQLInputFieldConfigMap;
  }

  #leaf(schema: JsonSchema, name: string, member: string) {
    if (isFlag(schema)) return GraphQLBoolean;
    if (schema.enum !== undefined) return this.#enumOf(schema.enum, name);
    switch (schema.type) {
      case 'string':
        if (schema.format === 'date-time') return dateTimeScalar;
        return member === 'id' || member.endsWith('_id') || schema.format === 'uuid' ? GraphQLID : GraphQLString;
      case 'integer':
        return GraphQLInt;
      case 'number':
        return GraphQLFloat;
      case 'boolean':
        return GraphQLBoolean;
      default:
        return jsonScalar;
    }
  }

  #enumOf(words: readonly string[], name: string): GraphQLEnumType {
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const values = Object.fromEntries(words.map((word) => [enumName(word), { value: word }]));
    const type = new GraphQLEnumType({ name, values });
    this.#enums.set(name, type);
    return type;
  }
}

/** A query writes a boolean as a word. */
export const isFlag = ({ enum: words }: JsonSchema): boolean => words?.toSorted().join() === 'false,true';

const nameIn = ({ $ref }: JsonSchema): string | undefined => $ref?.split('/').at(-1);
