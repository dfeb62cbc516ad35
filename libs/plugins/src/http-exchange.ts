import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly signal: AbortSignal;
  /** An answer beyond this is cut off and refused. */
  readonly mostBytes: number;
}

/** One request to a plugin process. No redirect is followed: the plugin is where its operator said, or nowhere. */
export const exchange = (url: URL, { method, body, signal, mostBytes }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? overHttps : overHttp;
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': sizeOf(body) };
    const request = open(url, { method, signal, headers: { accept: 'application/json', ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) request.destroy(new Error(`it answered with more than ${mostBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });

const sizeOf = (body: string): number => Buffer.byteLength(body);

/** `info` of `http://127.0.0.1:7000/greeter` is `http://127.0.0.1:7000/greeter/info`. */
export const under = (url: URL, path: string): URL => new URL(path, url.href.endsWith('/') ? url : `${url.href}/`);
