// One call of any kind. On the wire unary is a stream of one, so all four kinds are made the same way.
import { type Client, Metadata, type ServiceError, status as Status, type StatusObject } from '@grpc/grpc-js';

export interface CallInput {
  readonly client: Client;
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requests: readonly Uint8Array[];
  readonly metadata: Metadata;
  readonly deadline: Date;
  /** Leave the stream after so many answers. */
  readonly enough: number;
  readonly signal: AbortSignal;
}

export interface CallOutcome {
  readonly code: number;
  readonly details: string;
  readonly answers: readonly Uint8Array[];
  readonly metadata: Metadata;
  readonly trailers: Metadata;
  /** Whether we left before the server was done. */
  readonly left: boolean;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Resolves with whatever status the call ends with; rejects only with the signal's reason. */
export const call = ({ client, path, requests, metadata, deadline, enough, signal }: CallInput): Promise<CallOutcome> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stream = client.makeBidiStreamRequest(path, asBuffer, (bytes: Buffer) => bytes, metadata, { deadline });
    const answers: Uint8Array[] = [];
    let head = new Metadata();
    let left = false;
    const stop = (): void => {
      stream.cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    stream.on('metadata', (received: Metadata) => {
      head = received;
    });
    stream.on('data', (answer: Buffer) => {
      if (answers.length < enough) answers.push(answer);
      if (answers.length < enough || left) return;
      left = true;
      stream.cancel();
    });
    // Its status says the same.
    stream.on('error', (_: ServiceError) => undefined);
    stream.on('status', ({ code, details, metadata: trailers }: StatusObject) => {
      signal.removeEventListener('abort', stop);
      const end = left && code === Status.CANCELLED ? { code: Status.OK, details: '' } : { code, details };
      resolve({ ...end, answers, metadata: head, trailers, left });
    });
    for (const request of requests) stream.write(request);
    stream.end();
  });
