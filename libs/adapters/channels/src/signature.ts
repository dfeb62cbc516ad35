import { createHmac } from 'node:crypto';

// As Standard Webhooks has it (https://www.standardwebhooks.com): receivers verify with any of its libraries.

export interface Signed {
  /** Of the delivery: the same at every attempt. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

const PREFIX = 'whsec_';

/** The key that a secret stands for: after `whsec_` it is base64, else it is the text itself. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. */
export const signatureOf = (secret: string, { id, timestamp, body }: Signed): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
