import type { GraphQLFieldConfig, GraphQLOutputType } from 'graphql';
import { demand } from '../access/authentication.ts';
import type { Permission } from '../access/permissions.ts';
import type { GraphContext } from './context.ts';
import type { Row } from './type-book.ts';

export type Field = GraphQLFieldConfig<Row, GraphContext>;
type Resolve = (row: Row, args: Row, context: GraphContext) => unknown;

/** Whoever lacks the permission of the route that shows the same is refused here too. */
export const field = (
  type: GraphQLOutputType,
  permission: Permission,
  resolve: Resolve,
  more: Partial<Field> = {},
): Field => ({
  type,
  ...more,
  extensions: { permission, ...more.extensions },
  resolve: (row, args: Row, context) => {
    demand(context.caller, permission);
    return resolve(row, args, context);
  },
});
