import type { FastifyRequest } from 'fastify';

// The text of a body as it came: what is signed is its bytes, not what they mean. Kept no longer than the request.
const texts = new WeakMap<FastifyRequest, string>();

export const keepRawBody = (request: FastifyRequest, text: string): void => {
  texts.set(request, text);
};

export const rawBodyOf = (request: FastifyRequest): string => texts.get(request) ?? '';
