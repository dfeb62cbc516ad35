import * as z from 'zod';
import type { OpenApi } from '../http/openapi.ts';
import { publicRoute, type Route } from '../http/route.ts';
import { referencePage } from './reference-page.ts';

/** The document of all routes, as JSON and as a page; made when it is first asked for. */
export const documentRoutes = (make: () => OpenApi): readonly Route[] => {
  let document: OpenApi | undefined;
  const made = (): OpenApi => {
    document ??= make();
    return document;
  };
  return [
    publicRoute({
      method: 'GET',
      path: '/api/v1/openapi.json',
      operationId: 'getOpenApi',
      summary: 'This document',
      tags: ['System'],
      responses: { 200: z.looseObject({ openapi: z.string() }) },
      handle: async () => ({ status: 200, body: made() }),
    }),
    publicRoute({
      method: 'GET',
      path: '/api/v1/docs',
      operationId: 'getReference',
      summary: 'The reference page',
      tags: ['System'],
      responses: { 200: { contentType: 'text/html', description: 'a page' } },
      handle: async () => ({
        status: 200,
        text: referencePage(made()),
        headers: { 'content-type': 'text/html; charset=utf-8' },
      }),
    }),
  ];
};
