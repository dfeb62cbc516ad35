import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

// W3C Trace Context: whatever this process does for a caller carries the caller's trace id, over HTTP and over Kafka.

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const ALL_ZERO = /^0+$/;

const current = new AsyncLocalStorage<string>();

/** The traceparent of our own span: a child of the one received, or the first of a new trace. */
export const childTraceparent = (received: string | undefined): string => {
  const [, traceId = '', parentId = '', flags = '01'] = TRACEPARENT.exec(received ?? '') ?? [];
  const valid = traceId !== '' && !ALL_ZERO.test(traceId) && !ALL_ZERO.test(parentId);
  const spanId = randomBytes(8).toString('hex');
  return valid ? `00-${traceId}-${spanId}-${flags}` : `00-${randomBytes(16).toString('hex')}-${spanId}-01`;
};

export const withTrace = <Result>(received: string | undefined, work: () => Result): Result =>
  current.run(childTraceparent(received), work);

/** The headers to send along with anything done for the current caller. */
export const traceHeaders = (): Record<string, string> => {
  const traceparent = current.getStore();
  return traceparent === undefined ? {} : { traceparent };
};
