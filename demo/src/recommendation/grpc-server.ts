import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import { type ServiceDefinition as LoadedService, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { FastifyBaseLogger } from 'fastify';
import { HttpError } from '../service/http.ts';
import type { GrpcServer } from '../service/service.ts';
import { withTrace } from '../service/trace.ts';

const PROTO = fileURLToPath(new URL('./recommendation.proto', import.meta.url));
const STATUS_OF_HTTP: Readonly<Record<number, status>> = { 400: status.INVALID_ARGUMENT, 503: status.UNAVAILABLE };

type Answer = { readonly product_ids: readonly string[] };
type Method = (request: unknown) => Promise<Answer>;

const unary =
  (method: Method, log: FastifyBaseLogger): handleUnaryCall<unknown, Answer> =>
  ({ request, metadata }, answer) => {
    withTrace(metadata.get('traceparent')[0]?.toString(), () => method(request)).then(
      (reply) => answer(null, reply),
      (error: Error) => {
        const known = error instanceof HttpError ? STATUS_OF_HTTP[error.status] : undefined;
        if (known === undefined) log.error({ err: error }, 'call failed');
        answer({ code: known ?? status.INTERNAL, details: known === undefined ? 'internal error' : error.message });
      },
    );
  };

interface GrpcOptions {
  readonly host: string;
  readonly port: number;
  readonly methods: Readonly<Record<'GetRecommendations' | 'GetSimilarProducts', Method>>;
  readonly log: FastifyBaseLogger;
}

/** Serves the recommendation service and its reflection, so that a caller needs no .proto file. */
export const startGrpcServer = async ({ host, port, methods, log }: GrpcOptions): Promise<GrpcServer> => {
  const definitions = loadSync(PROTO, { keepCase: true, defaults: true });
  const server = new Server();
  server.addService(definitions['recommendation.RecommendationService'] as LoadedService as ServiceDefinition, {
    GetRecommendations: unary(methods.GetRecommendations, log),
    GetSimilarProducts: unary(methods.GetSimilarProducts, log),
  });
  new ReflectionService(definitions).addToServer(server);
  const bind = promisify(server.bindAsync.bind(server));
  const bound = await bind(`${host}:${port}`, ServerCredentials.createInsecure());
  return { port: bound as number, stop: promisify(server.tryShutdown.bind(server)) };
};
