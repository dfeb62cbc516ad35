import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { RouteAnswer } from './route.ts';

type StreamAnswer = Extract<RouteAnswer, { readonly stream: unknown }>;

/** How long a client may leave what it was sent untaken. */
const UNTAKEN_MS = 30_000;

/**
 * Writes pieces as they come. Nothing is kept for a client that does not read: the next piece is made when the
 * last one was taken, and a client that takes nothing for half a minute is dropped; it can resume where it was.
 */
export const pump = async (
  reply: FastifyReply,
  { status, headers, stream }: StreamAnswer,
  gone: AbortSignal,
  untakenMs = UNTAKEN_MS,
): Promise<void> => {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(status, { ...(reply.getHeaders() as Record<string, string>), ...headers });
  raw.flushHeaders();
  try {
    for await (const piece of stream) {
      if (raw.destroyed) return;
      if (!raw.write(piece))
        await once(raw, 'drain', { signal: AbortSignal.any([gone, AbortSignal.timeout(untakenMs)]) });
    }
    raw.end();
  } catch (error) {
    // The status is long sent: breaking the connection is the only way left to say that more was to come.
    raw.destroy();
    if (!isItsOwnAffair(error)) reply.log.error(error);
  }
};

/** The client left or does not read. */
const isItsOwnAffair = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
