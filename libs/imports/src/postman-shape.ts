import * as z from 'zod';

// As much of a collection as is read; Postman adds to it without asking.

const entry = z.object({ key: z.string(), value: z.string().nullish(), disabled: z.boolean().optional() });
const attributes = z.array(z.object({ key: z.string(), value: z.unknown() })).optional();

const auth = z.object({ type: z.string(), basic: attributes, bearer: attributes, apikey: attributes });
export type PostmanAuth = z.output<typeof auth>;

const url = z.union([z.string(), z.object({ raw: z.string().default(''), variable: z.array(entry).default([]) })]);

const body = z.object({
  mode: z.string().optional(),
  raw: z.string().nullish(),
  options: z.object({ raw: z.object({ language: z.string().optional() }).optional() }).nullish(),
  urlencoded: z.array(entry).nullish(),
  formdata: z
    .array(entry.extend({ type: z.string().optional(), src: z.union([z.string(), z.array(z.string())]).nullish() }))
    .nullish(),
  graphql: z.object({ query: z.string().nullish(), variables: z.string().nullish() }).nullish(),
});

const request = z.union([
  z.string(),
  z.object({
    method: z.string().default('GET'),
    url: url.default(''),
    header: z
      .union([z.array(entry), z.string()])
      .nullish()
      .transform((given) => given ?? []),
    body: body.nullish(),
    auth: auth.nullish(),
  }),
]);
export type PostmanRequest = z.output<typeof request>;

const events = z.array(z.unknown()).default([]);

export interface PostmanItem {
  readonly name: string;
  readonly description?: unknown;
  readonly request?: PostmanRequest | undefined;
  readonly item?: readonly PostmanItem[] | undefined;
  readonly auth?: PostmanAuth | null | undefined;
  readonly event: readonly unknown[];
}

const item: z.ZodType<PostmanItem> = z.object({
  name: z.string().default('unnamed'),
  description: z.unknown().optional(),
  request: request.optional(),
  get item() {
    return z.array(item).optional();
  },
  auth: auth.nullish(),
  event: events,
});

export const postmanFile = z.object({
  info: z.object({ name: z.string().min(1), schema: z.string().optional(), description: z.unknown().optional() }),
  item: z.array(item),
  auth: auth.nullish(),
  event: events,
  variable: z
    .array(z.object({ key: z.string().optional(), value: z.unknown().optional(), disabled: z.boolean().optional() }))
    .default([]),
});
