import { stringifyJson, type Value } from '@testmesh/domain';
import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

// Results of a subscription as server-sent events, as graphql-sse's clients read them: `next` for each, `complete` at the end.

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

const HEARTBEAT_MS = 15_000;

interface Streaming {
  readonly format: (error: GraphQLError) => GraphQLFormattedError;
  /** What a reader of the last result may resume from. */
  readonly lastSeq: () => number | undefined;
  readonly signal: AbortSignal;
}

export async function* resultStream(
  results: AsyncIterable<ExecutionResult>,
  { format, lastSeq, signal }: Streaming,
): AsyncGenerator<string> {
  yield 'retry: 1000\n\n';
  const iterator = results[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    while (!signal.aborted) {
      const quiet = silence(signal);
      const result = await Promise.race([next, quiet.promise]);
      quiet.cancel();
      if (result === 'silence') {
        yield ': still here\n\n';
        continue;
      }
      if (result.done === true) break;
      const { data, errors } = result.value;
      const body = { ...(errors && { errors: errors.map(format) }), ...(data !== undefined && { data }) };
      const seq = lastSeq();
      yield `${seq === undefined ? '' : `id: ${seq}\n`}event: next\ndata: ${stringifyJson(body as unknown as Value)}\n\n`;
      next = iterator.next();
    }
    if (!signal.aborted) yield 'event: complete\ndata:\n\n';
  } finally {
    await iterator.return?.();
  }
}

/** A proxy closes what says nothing for too long; a reader that left is not waited for. */
const silence = (signal: AbortSignal): { readonly promise: Promise<'silence'>; readonly cancel: () => void } => {
  const { promise, resolve } = Promise.withResolvers<'silence'>();
  const leave = (): void => resolve('silence');
  const timer = setTimeout(leave, HEARTBEAT_MS);
  signal.addEventListener('abort', leave, { once: true });
  const cancel = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  };
  return { promise, cancel };
};
