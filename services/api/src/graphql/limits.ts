import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';

// What a query may ask for before anything of it is done. Invariants:
// Q1. Reckoning is linear in the length of the document: a fragment is reckoned once for each type and length of list.
// Q2. What stands behind a variable counts as what was sent for it.
// Q3. A list that is read from a history costs by its rows, too, whatever stands in them.
// Q4. Introspection counts its fields, but may go as deep as the rules of graphql-js let it.

export interface QueryLimits {
  readonly depth: number;
  readonly aliases: number;
  readonly tokens: number;
  readonly cost: number;
}

export const DEFAULT_LIMITS: QueryLimits = { depth: 10, aliases: 15, tokens: 2000, cost: 4000 };

interface Reckoning {
  readonly schema: GraphQLSchema;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly known: Map<string, Sum>;
}

interface Sum {
  readonly cost: number;
  readonly depth: number;
  readonly aliases: number;
}

const NOTHING: Sum = { cost: 0, depth: 0, aliases: 0 };

/** How long a list is taken to be that does not say it. */
const USUAL_LENGTH = 20;

/** What is too much about an operation; undefined when all is well. The document has to be valid. */
export const tooMuch = (
  {
    document,
    operation,
    schema,
    variables,
  }: {
    readonly document: DocumentNode;
    readonly operation: OperationDefinitionNode;
    readonly schema: GraphQLSchema;
    readonly variables: Readonly<Record<string, unknown>>;
  },
  limits: QueryLimits,
): GraphQLError | undefined => {
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
  const root = schema.getRootType(operation.operation);
  if (root == null) return undefined;
  const given = { ...defaultsOf(operation), ...variables };
  const sum = sumOf(operation.selectionSet, root, { schema, variables: given, fragments, known: new Map() });
  if (sum.depth > limits.depth) return refusal(`fields may lie ${limits.depth} deep, here they lie ${sum.depth} deep`);
  if (sum.aliases > limits.aliases)
    return refusal(`a query may have ${limits.aliases} aliases, this one has ${sum.aliases}`);
  if (sum.cost > limits.cost) {
    return refusal(
      `the query costs ${sum.cost} where ${limits.cost} are allowed: ask for shorter lists or fewer fields`,
    );
  }
  return undefined;
};

const defaultsOf = ({ variableDefinitions = [] }: OperationDefinitionNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue?.kind === Kind.INT ? [[variable.name.value, Number(defaultValue.value)]] : [],
    ),
  );

const refusal = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'query-too-large', status: 400 } });

const sumOf = (set: SelectionSetNode, type: GraphQLNamedOutputType, reckoning: Reckoning): Sum =>
  set.selections.reduce<Sum>((sum, selection) => {
    switch (selection.kind) {
      case Kind.FIELD: {
        const one = fieldSum(selection, type, reckoning);
        return {
          cost: sum.cost + one.cost,
          depth: Math.max(sum.depth, one.depth),
          aliases: sum.aliases + one.aliases + (selection.alias === undefined ? 0 : 1),
        };
      }
      case Kind.INLINE_FRAGMENT:
        return plus(
          sum,
          sumOf(selection.selectionSet, conditionType(selection.typeCondition, type, reckoning), reckoning),
        );
      default:
        return plus(sum, spreadSum(selection.name.value, type, reckoning));
    }
  }, NOTHING);

const plus = (a: Sum, b: Sum): Sum => ({
  cost: a.cost + b.cost,
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
});

/** Q1. */
const spreadSum = (name: string, type: GraphQLNamedOutputType, reckoning: Reckoning): Sum => {
  const fragment = reckoning.fragments.get(name);
  if (fragment === undefined) return NOTHING;
  const known = reckoning.known.get(name);
  if (known !== undefined) return known;
  const sum = sumOf(fragment.selectionSet, conditionType(fragment.typeCondition, type, reckoning), reckoning);
  reckoning.known.set(name, sum);
  return sum;
};

const conditionType = (
  condition: { readonly name: { readonly value: string } } | undefined,
  type: GraphQLNamedOutputType,
  { schema }: Reckoning,
): GraphQLNamedOutputType =>
  condition === undefined
    ? type
    : ((schema.getType(condition.name.value) as GraphQLNamedOutputType | undefined) ?? type);

type FieldNode = Extract<SelectionSetNode['selections'][number], { readonly kind: typeof Kind.FIELD }>;

const fieldSum = (node: FieldNode, owner: GraphQLNamedOutputType, reckoning: Reckoning): Sum => {
  const field = isObjectType(owner) ? owner.getFields()[node.name.value] : undefined;
  const rows = Number(field?.extensions['rowsPerCost'] ?? Number.POSITIVE_INFINITY);
  const times = field === undefined ? 1 : lengthOf(node, field, reckoning);
  const own = Number(field?.extensions['cost'] ?? 1) + Math.ceil(times / rows);
  if (node.selectionSet === undefined)
    return { cost: field?.extensions['cost'] === undefined ? 0 : own, depth: 1, aliases: 0 };
  const type = field === undefined ? reckoning.schema.getType('__Schema') : getNamedType(field.type);
  if (type === undefined) return { cost: own, depth: 1, aliases: 0 };
  const inner = sumOf(node.selectionSet, type as GraphQLNamedOutputType, reckoning);
  if (field === undefined) return { cost: own + inner.cost, depth: 1, aliases: inner.aliases };
  return { cost: own + times * inner.cost, depth: inner.depth + 1, aliases: inner.aliases };
};

/** Arguments that say how long a list may be. */
const LENGTHS: ReadonlySet<string> = new Set(['limit', 'pageSize']);

/** How often what lies below a field is resolved: as long as its list may be, or the list in the page it answers with. */
const lengthOf = (node: FieldNode, field: GraphQLField<unknown, unknown>, { variables }: Reckoning): number => {
  const limits = (node.arguments ?? []).filter(({ name }) => LENGTHS.has(name.value));
  const standard = field.args.find(({ name }) => name === 'limit')?.defaultValue;
  if (limits.length > 0) return Math.max(...limits.map(({ value }) => numberOf(value, variables) ?? USUAL_LENGTH));
  if (typeof standard === 'number') return standard;
  return isListType(getNullableType(field.type)) && field.extensions['cost'] !== undefined ? USUAL_LENGTH : 1;
};

/** Q2. */
const numberOf = (node: ValueNode, variables: Reckoning['variables']): number | undefined => {
  if (node.kind === Kind.INT) return Number(node.value);
  const value = node.kind === Kind.VARIABLE ? variables[node.name.value] : undefined;
  return typeof value === 'number' ? Math.max(0, value) : undefined;
};
