// Servers on free loopback ports for this library's tests.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';

type Listening = Pick<Server, 'listen' | 'address' | 'close'>;

const listen = (server: Listening): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

/** Servers that a test starts; `close` ends them with their connections. */
export class Servers {
  readonly #closers: (() => Promise<unknown>)[] = [];

  async http(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    return `http://127.0.0.1:${await this.#start(server, () => server.closeAllConnections())}`;
  }

  async https(credentials: { key: string; cert: string; ca?: string }, listener: RequestListener): Promise<string> {
    const mutual = credentials.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
    const server = createSecureServer({ ...credentials, ...mutual }, listener);
    return `https://127.0.0.1:${await this.#start(server, () => server.closeAllConnections())}`;
  }

  /** A server below HTTP, for answers no HTTP server would give. */
  async tcp(handle: (socket: Socket) => void): Promise<string> {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      handle(socket);
    });
    const endAll = () => {
      for (const socket of sockets) socket.destroy();
    };
    return `http://127.0.0.1:${await this.#start(server as unknown as Server, endAll)}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((close) => close()));
  }

  async #start(server: Server | ReturnType<typeof createSecureServer>, endConnections: () => void): Promise<number> {
    const port = await listen(server as Listening);
    this.#closers.push(() => {
      endConnections();
      return new Promise((done) => server.close(done));
    });
    return port;
  }
}

/** The whole body of a request. */
export const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

export const sendJson = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
};
