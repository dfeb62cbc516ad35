import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Config } from '../service/config.ts';
import { HttpError } from '../service/http.ts';
import { traceHeaders } from '../service/trace.ts';

const TIMEOUT_MS = 5_000;

const userSchema = z.object({ id: z.string() });
const productSchema = z.object({ id: z.string(), price: z.number(), inventory: z.number() });

export type Product = z.infer<typeof productSchema>;

/** The services an order depends on. One that is down is a 503 of ours; one that says no is a 400. */
export interface Neighbours {
  readonly user: (id: string) => Promise<z.infer<typeof userSchema>>;
  readonly createGuest: () => Promise<z.infer<typeof userSchema>>;
  readonly product: (id: string) => Promise<Product>;
}

interface Call<Answer> {
  readonly service: string;
  readonly url: string;
  readonly answer: z.ZodType<Answer>;
  readonly body?: unknown;
  /** What a 404 means to whoever ordered. */
  readonly missing?: string;
}

/** An order is decided on the row and not on a cache, hence `no-cache`. */
const send = ({ url, body }: Call<unknown>): Promise<Response> =>
  fetch(url, {
    headers: {
      'cache-control': 'no-cache',
      ...traceHeaders(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
};

const call = async <Answer>(asked: Call<Answer>): Promise<Answer> => {
  const response = await send(asked).catch((cause) => {
    throw new HttpError(503, `${asked.service} is unavailable: ${reasonOf(cause)}`, { cause });
  });
  const text = await response.text();
  if (response.status === 404 && asked.missing !== undefined) throw new HttpError(400, asked.missing);
  if (!response.ok) throw new HttpError(503, `${asked.service} is unavailable: it answered ${response.status}`);
  return asked.answer.parse(JSON.parse(text));
};

export const neighbours = ({ userServiceUrl, productServiceUrl }: Config): Neighbours => ({
  user: (id) =>
    call({
      service: 'user-service',
      url: `${userServiceUrl}/api/v1/users/${encodeURIComponent(id)}`,
      answer: userSchema,
      missing: `user ${id} not found`,
    }),
  createGuest: () =>
    call({
      service: 'user-service',
      url: `${userServiceUrl}/api/v1/users`,
      answer: userSchema,
      body: { name: 'Guest', email: `guest-${randomUUID()}@example.com` },
    }),
  product: (id) =>
    call({
      service: 'product-service',
      url: `${productServiceUrl}/api/v1/products/${encodeURIComponent(id)}`,
      answer: productSchema,
      missing: `product ${id} not found`,
    }),
});
