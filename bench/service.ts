// The service that benchmarks call, as a process of its own: answers every request with one small JSON body.
// argv[2]: milliseconds to wait before an answer (0). Prints its port, ends when its parent does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const delayMs = Number(process.argv[2] ?? '0');
const body = JSON.stringify({ id: 'u-1', name: 'Ada', total: 59.98, items: [{ sku: 'a', quantity: 2 }] });
const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };

const server = createServer((request, response) => {
  request.resume();
  const answer = (): void => {
    response.writeHead(200, headers).end(body);
  };
  if (delayMs === 0) answer();
  else setTimeout(answer, delayMs);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
