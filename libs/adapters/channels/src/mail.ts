import { once } from 'node:events';
import { connectTcp } from '@testmesh/outbound';
import type { Delivery, Destination, OutboundPolicy } from '@testmesh/ports';
import { createTransport } from 'nodemailer';
import { mailText } from './message-bodies.ts';

export interface Mailing {
  readonly to: Extract<Destination, { readonly kind: 'email' }>;
  readonly delivery: Delivery;
  readonly policy: OutboundPolicy | undefined;
  readonly link: string | null;
  readonly signal: AbortSignal;
}

const SECURE_PORT = 465;
const SUBMISSION_PORT = 587;

/** Sends one mail; its Message-ID is the delivery's, so that a repetition can be told. */
export const mail = async ({ to, delivery, policy, link, signal }: Mailing): Promise<void> => {
  const server = new URL(to.server);
  const secure = server.protocol === 'smtps:';
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const port = server.port === '' ? (secure ? SECURE_PORT : SUBMISSION_PORT) : Number(server.port);
  // We connect by ourselves, so that the address that was judged is the one that is spoken to.
  const connection = connectTcp(policy, { host, port });
  await once(connection, 'connect', { signal });
  const { username, password } = server;
  const transport = createTransport({
    host,
    port,
    secure,
    connection,
    tls: { servername: host },
    // Without TLS nobody's password goes over the wire.
    requireTLS: !secure && username !== '',
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stop = (): void => {
    connection.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await transport.sendMail({
      from: to.from,
      to: [...to.to],
      subject: delivery.message.title,
      text: mailText(delivery.message, link),
      messageId: `<${delivery.id}@testmesh>`,
      date: delivery.message.createdAt,
    });
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
    connection.destroy();
  }
};
