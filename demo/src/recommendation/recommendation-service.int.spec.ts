import { randomUUID } from 'node:crypto';
import { Client, credentials, loadPackageDefinition, type ServiceClientConstructor, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWith } from '../../../tools/testing/real.ts';
import { createSystem, eventually, type Started, type System, send } from '../testing/system.ts';
import { recommendationService } from './recommendation-service.ts';

const PROTO = new URL('./recommendation.proto', import.meta.url).pathname;

type Answer = { readonly product_ids: readonly string[] };
type Method = (request: object, answered: (error: Error | null, answer: Answer) => void) => void;

const connect = (address: string) => {
  const packages = loadPackageDefinition(loadSync(PROTO, { keepCase: true, defaults: true }));
  const Service = (packages['recommendation'] as unknown as Record<string, ServiceClientConstructor>)[
    'RecommendationService'
  ] as ServiceClientConstructor;
  const client = new Service(address, credentials.createInsecure());
  const call = (method: string, request: object): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      (client[method] as Method).call(client, request, (error, answer) =>
        error === null ? resolve(answer.product_ids) : reject(error),
      );
    });
  return { call, close: () => client.close() };
};

describeWith('postgres', 'the recommendation service', (postgres) =>
  describeWith('kafka', 'with a broker', (kafka) => {
    let system: System;
    let service: Started;
    let grpc: ReturnType<typeof connect>;
    const [tea, cup, pot, ada, bob] = Array.from({ length: 5 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
      string,
    ];

    beforeAll(async () => {
      system = await createSystem({ postgres, kafka }, ['order.placed']);
      service = await system.start(recommendationService);
      grpc = connect(`127.0.0.1:${service.grpcPort}`);
      const buy = (user_id: string, ...products: string[]) =>
        system.publish('order.placed', {
          order_id: randomUUID(),
          user_id,
          items: products.map((product_id) => ({ product_id, quantity: 1, price: 1 })),
        });
      await buy(ada, tea);
      await buy(bob, tea, cup);
      await buy(bob, pot);
      await eventually(async () => {
        const rows = await system.query('SELECT 1 FROM recommendation_service.purchases WHERE product_id = $1', [pot]);
        return rows[0];
      });
    }, 60_000);
    afterEach(() => service.break({}));
    afterAll(async () => {
      grpc?.close();
      await system?.stop();
    }, 30_000);

    test('recommends what people with the same taste bought, by gRPC and by HTTP alike', async () => {
      const expected = [cup, pot].sort();
      expect(await grpc.call('GetRecommendations', { user_id: ada })).toEqual(expected);
      expect(await send('GET', `${service.url}/api/v1/recommendations/${ada}`)).toEqual({
        status: 200,
        body: { product_ids: expected },
      });
      expect(await send('GET', `${service.url}/api/v1/recommendations/${ada}?limit=1`)).toEqual({
        status: 200,
        body: { product_ids: expected.slice(0, 1) },
      });
    });

    test('keeps what it has worked out until somebody buys again', async () => {
      await grpc.call('GetRecommendations', { user_id: ada });
      const kept = () =>
        system.query('SELECT product_ids FROM recommendation_service.recommendation_cache WHERE user_id = $1', [ada]);
      expect(await kept()).toHaveLength(1);
      await system.publish('order.placed', { order_id: randomUUID(), user_id: ada, items: [{ product_id: cup }] });
      await eventually(async () => ((await kept()).length === 0 ? true : undefined));
      expect(await grpc.call('GetRecommendations', { user_id: ada })).toEqual([pot]);
    });

    test('knows what is bought together, and nothing about strangers', async () => {
      expect(await grpc.call('GetSimilarProducts', { product_id: cup, limit: 5 })).toEqual([tea]);
      expect(await grpc.call('GetRecommendations', { user_id: 'stranger' })).toEqual([]);
    });

    describe('refuses', () => {
      test('a call without a user and a limit beyond reason', async () => {
        await expect(grpc.call('GetRecommendations', {})).rejects.toMatchObject({
          code: status.INVALID_ARGUMENT,
          details: expect.stringContaining('user_id'),
        });
        expect(await send('GET', `${service.url}/recommendations/${ada}?limit=1000`)).toMatchObject({ status: 400 });
      });

      test('everything while it is broken on purpose', async () => {
        await service.break({ unavailable: '503' });
        await expect(grpc.call('GetRecommendations', { user_id: ada })).rejects.toMatchObject({
          code: status.UNAVAILABLE,
        });
      });
    });

    test('describes itself by reflection', async () => {
      const client = new Client(`127.0.0.1:${service.grpcPort}`, credentials.createInsecure());
      const stream = client.makeBidiStreamRequest(
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        (request: Buffer) => request,
        (answer: Buffer) => answer.toString('latin1'),
        {},
      );
      // list_services, field 7 of the request, with an empty string
      stream.write(Buffer.from([0x3a, 0x00]));
      const answer = await new Promise<string>((resolve, reject) => stream.once('data', resolve).once('error', reject));
      stream.end();
      client.close();
      expect(answer).toContain('recommendation.RecommendationService');
    });
  }),
);
