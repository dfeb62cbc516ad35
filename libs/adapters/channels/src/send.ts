import { OutboundRefused, type Posted, postOutside } from '@testmesh/outbound';
import type { Clock, Delivery, Destination, OutboundPolicy, Send, SendOutcome } from '@testmesh/ports';
import { mail } from './mail.ts';
import { linkOf, slackBody, webhookBody } from './message-bodies.ts';
import { signatureOf } from './signature.ts';
import { withoutKeys } from './without-keys.ts';

// D1. Where a message goes was chosen by a workspace: each connection is judged by the server's policy, and no redirect is followed.
// D2. What an attempt says of its failure is kept and shown: of the address it names the host alone, since addresses hold keys,
//     also where the host repeats them.

export interface ChannelOptions {
  /** What the workspace's messages may reach; absent where people send from their own machine. */
  readonly outbound: (workspace: string) => Promise<OutboundPolicy | undefined>;
  readonly clock: Pick<Clock, 'now'>;
  /** Where people find the server: the links in messages. */
  readonly publicUrl: string | undefined;
  readonly timeLimitMs?: number;
}

const TIME_LIMIT_MS = 15_000;

/** Sends to Slack, to webhooks and to mailboxes. */
export const sendToChannels =
  (options: ChannelOptions): Send =>
  async (delivery) => {
    const policy = await options.outbound(delivery.message.workspace);
    const signal = AbortSignal.timeout(options.timeLimitMs ?? TIME_LIMIT_MS);
    const sending = {
      delivery,
      policy,
      signal,
      link: linkOf(options.publicUrl, delivery.message),
      clock: options.clock,
    };
    try {
      return await sendTo(delivery.destination, sending);
    } catch (error) {
      return failed(error, delivery.destination, signal);
    }
  };

interface Sending {
  readonly delivery: Delivery;
  readonly policy: OutboundPolicy | undefined;
  readonly signal: AbortSignal;
  readonly link: string | null;
  readonly clock: Pick<Clock, 'now'>;
}

const sendTo = async (to: Destination, sending: Sending): Promise<SendOutcome> => {
  const { delivery, policy, signal, link } = sending;
  switch (to.kind) {
    case 'slack': {
      const body = slackBody(delivery.message, link);
      const headers = { 'content-type': 'application/json' };
      return answerOf(await postOutside(policy, { url: to.url, headers, body, signal }), to);
    }
    case 'webhook': {
      const body = webhookBody(delivery, link);
      const headers = signedHeaders(to.signingSecret, { id: delivery.id, body }, sending.clock.now());
      return answerOf(await postOutside(policy, { url: to.url, headers, body, signal }), to);
    }
    case 'email':
      await mail({ to, delivery, policy, link, signal });
      return { outcome: 'sent' };
  }
};

const signedHeaders = (secret: string, { id, body }: { readonly id: string; readonly body: string }, nowMs: number) => {
  const timestamp = Math.floor(nowMs / 1000);
  return {
    'content-type': 'application/json',
    'user-agent': 'TestMesh',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf(secret, { id, timestamp, body }),
  };
};

/** Statuses that say: not now. Any other of the four hundreds stays as it is however often it is asked. */
const LATER: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

const answerOf = ({ status, text }: Posted, to: Destination): SendOutcome => {
  if (status >= 200 && status < 300) return { outcome: 'sent' };
  const said = withoutKeys(text.replaceAll(/\s+/g, ' ').trim(), to).slice(0, 200);
  const error = `${hostOf(to)} answered ${status}${said === '' ? '' : `: ${said}`}`;
  return { outcome: 'refused', error, final: status >= 300 && status < 500 && !LATER.has(status) };
};

const hostOf = (to: Destination): string => {
  const url = to.kind === 'email' ? to.server : to.url;
  return URL.canParse(url) ? new URL(url).host : 'its address';
};

/** SMTP's own five hundreds are refusals for good. */
const isFinal = (error: unknown): boolean => {
  if (error instanceof OutboundRefused) return true;
  const code = (error as { readonly responseCode?: unknown }).responseCode;
  return typeof code === 'number' && code >= 500 && code < 600;
};

const failed = (error: unknown, to: Destination, signal: AbortSignal): SendOutcome => {
  const host = hostOf(to);
  if (signal.aborted) return { outcome: 'refused', error: `${host} did not answer in time`, final: false };
  const text = withoutKeys(error instanceof Error ? error.message : String(error), to);
  return { outcome: 'refused', error: `${host}: ${text}`, final: isFinal(error) };
};
