import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { handler } from '../service/consumer.ts';
import { check, HttpError } from '../service/http.ts';
import type { Service } from '../service/service.ts';
import { startGrpcServer } from './grpc-server.ts';
import {
  MAX_RECOMMENDATIONS,
  RECOMMENDATION_TABLES,
  recommendedProducts,
  recordPurchase,
  similarProducts,
} from './recommendation-store.ts';

const DEFAULT_LIMIT = 10;

/** A limit of nothing is proto3's way of not giving one. */
const limit = z.coerce
  .number()
  .int()
  .min(0)
  .max(MAX_RECOMMENDATIONS)
  .default(0)
  .transform((given) => given || DEFAULT_LIMIT);
const forUserSchema = z.object({ user_id: z.string().min(1), limit });
const forProductSchema = z.object({ product_id: z.string().min(1), limit });

const orderPlacedSchema = z.object({
  order_id: z.string(),
  user_id: z.string(),
  items: z.array(z.object({ product_id: z.string() })).min(1),
});

export const recommendationService: Service = {
  name: 'recommendation-service',
  port: 5006,
  schema: 'recommendation_service',
  tables: RECOMMENDATION_TABLES,
  publishes: [],
  wire({ config, database, once, faults, log }) {
    const recommend = async (request: unknown) => {
      const { user_id, limit } = check(forUserSchema, request);
      return { product_ids: await recommendedProducts(database, user_id, limit) };
    };

    const findSimilar = async (request: unknown) => {
      const { product_id, limit } = check(forProductSchema, request);
      return { product_ids: await similarProducts(database, product_id, limit) };
    };

    const unlessBroken =
      <Result>(method: (request: unknown) => Promise<Result>) =>
      async (request: unknown): Promise<Result> => {
        if (faults.current.unavailable !== undefined) throw new HttpError(503, 'service unavailable');
        return method(request);
      };

    return {
      routes: (api: FastifyInstance) => {
        api.get<{ Params: { user_id: string } }>('/recommendations/:user_id', ({ params, query }) =>
          recommend({ ...(query as object), ...params }),
        );
      },
      handlers: {
        'order.placed': handler(orderPlacedSchema, (purchase, { eventId }) =>
          once(eventId, (tx) => recordPurchase(tx, purchase)),
        ),
      },
      startGrpc: () =>
        startGrpcServer({
          host: config.host,
          port: config.grpcPort,
          methods: { GetRecommendations: unlessBroken(recommend), GetSimilarProducts: unlessBroken(findSimilar) },
          log,
        }),
    };
  },
};
