import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpService extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly string[];
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A loopback HTTP service for one test; it remembers `METHOD /path` of what it was asked. */
export const httpService = async (
  answer: Answer = (_request, response) => json(response, 200, { ok: true }),
): Promise<HttpService> => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
