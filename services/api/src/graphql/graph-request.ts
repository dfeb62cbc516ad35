import * as z from 'zod';

const json = z.json().meta({ id: 'Json' });

/** What a client of GraphQL sends; beside it there may be what only the client knows. */
export const graphRequest = z
  .object({
    query: z.string().max(100_000).optional().describe('the document; may be left out when its hash is known'),
    operationName: z.string().max(200).nullish(),
    variables: z.record(z.string(), json).nullish(),
    extensions: z
      .looseObject({
        persistedQuery: z
          .object({ version: z.literal(1), sha256Hash: z.string().regex(/^[0-9a-fA-F]{64}$/) })
          .optional()
          .describe('sha256 of the document'),
      })
      .nullish(),
  })
  .meta({ id: 'GraphQlRequest' });
export type GraphRequest = z.output<typeof graphRequest>;

/** What it gets; `data` is absent when nothing was carried out. */
export const graphAnswer = z
  .object({
    data: z.record(z.string(), json).nullable().optional(),
    errors: z
      .array(
        z.object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.int()])).optional(),
          locations: z.array(z.object({ line: z.int(), column: z.int() })).optional(),
          extensions: z
            .looseObject({ code: z.string().describe("the problem's code, as REST has it"), status: z.int() })
            .describe('what is wrong'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'GraphQlAnswer' });
