import { fileURLToPath } from 'node:url';
import type { ServiceClientConstructor, UntypedServiceImplementation } from '@grpc/grpc-js';
import { type GrpcObject, loadPackageDefinition, Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

export const ECHO_PROTO = fileURLToPath(new URL('./echo.proto', import.meta.url));

type Message = Record<string, unknown>;

/** What the handlers below use of grpc-js's four kinds of calls. */
interface Call {
  readonly request: Message;
  readonly metadata: Metadata;
  readonly write: (message: Message) => void;
  readonly end: () => void;
  readonly on: (event: string, listener: (message: Message) => void) => void;
  readonly sendMetadata: (metadata: Metadata) => void;
}
type Done = (error: Partial<{ code: number; details: string }> | null, answer?: Message, trailers?: Metadata) => void;

const trailers = new Metadata();
trailers.set('spent', '3');

const handlers = {
  Say: (call: Call, done: Done) => {
    const head = new Metadata();
    for (const key of ['authorization', 'traceparent', 'x-route']) {
      const [value] = call.metadata.get(key);
      if (value !== undefined) head.set(`seen-${key}`, value);
    }
    call.sendMetadata(head);
    done(null, call.request, trailers);
  },
  Fail: (_call: Call, done: Done) => done({ code: status.NOT_FOUND, details: 'no such echo' }),
  Hang: () => undefined,
  Count: (call: Call) => {
    const { repeat } = call.request as { repeat: number };
    for (let small = 1; small <= repeat; small += 1) call.write({ small });
    call.end();
  },
  Join: (call: Call, done: Done) => {
    const texts: unknown[] = [];
    call.on('data', ({ text }) => texts.push(text));
    call.on('end', () => done(null, { text: texts.join('+') }));
  },
  Chat: (call: Call) => {
    call.on('data', ({ text }) => call.write({ text: `${text}!` }));
    call.on('end', () => call.end());
  },
};

export interface EchoServer {
  readonly address: string;
  readonly stop: () => void;
}

interface Options {
  readonly reflection?: 'v1 and v1alpha' | 'v1alpha' | 'none';
  readonly credentials?: ServerCredentials;
}

/** A gRPC server on a free loopback port that says what it is told. */
export const startEchoServer = async ({
  reflection = 'v1 and v1alpha',
  credentials = ServerCredentials.createInsecure(),
}: Options = {}): Promise<EchoServer> => {
  const definition = loadSync(ECHO_PROTO, { keepCase: true, longs: String, enums: String, oneofs: false });
  const server = new Server();
  const { testmesh } = loadPackageDefinition(definition) as unknown as { testmesh: { echo: GrpcObject } };
  server.addService(
    (testmesh.echo['EchoService'] as ServiceClientConstructor).service,
    handlers as unknown as UntypedServiceImplementation,
  );
  if (reflection !== 'none') new ReflectionService(definition).addToServer(only(server, reflection));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  return { address: `127.0.0.1:${port}`, stop: () => server.forceShutdown() };
};

// The reflection library always adds both versions; a server that knows only the older one drops the other.
const only = (server: Server, reflection: string): Pick<Server, 'addService'> => ({
  addService: (service, implementation) => {
    const version = Object.values(service)[0]?.path.split('/')[1] ?? '';
    if (reflection === 'v1alpha' && !version.includes('v1alpha')) return;
    server.addService(service, implementation);
  },
});
