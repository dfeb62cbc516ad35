import { expect } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { OpenApi } from '../http/openapi.ts';

/** Sends a request and holds the answer against the document, so that no spec can pass on an answer that it does not describe. */
export type Ask = (request: InjectOptions) => Promise<LightMyRequestResponse>;

export const asking = (app: NestFastifyApplication, document: OpenApi): Ask => {
  const ajv = new Ajv2020({ strict: false, formats: { uuid: true, date: true, 'date-time': true, base64: true } });
  ajv.addSchema(document as unknown as Record<string, unknown>, 'api');
  const validator = compiledOnce(ajv);
  return async (request) => {
    const response = await app.inject(request);
    const path = String(request.url).split('?', 1)[0] ?? '';
    const found = operationOf(document, path, String(request.method ?? 'GET'));
    if (found !== undefined) expectDescribed(validator, found, response);
    return response;
  };
};

type Validator = (schema: string) => ValidateFunction;

/** Compiling what an operation answers takes far longer than looking at an answer. */
const compiledOnce = (ajv: Ajv2020): Validator => {
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const validate = compiled.get(schema) ?? ajv.compile({ $ref: schema });
    compiled.set(schema, validate);
    return validate;
  };
};

interface Found {
  readonly pointer: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

const operationOf = (document: OpenApi, path: string, method: string): Found | undefined => {
  for (const [template, methods] of Object.entries(document.paths)) {
    const operation = methods[method.toLowerCase()];
    const pattern = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    if (operation === undefined || !pattern.test(path)) continue;
    const pointer = `/paths/${template.replaceAll('/', '~1')}/${method.toLowerCase()}/responses`;
    return { pointer, responses: operation['responses'] as Found['responses'] };
  }
  return undefined;
};

const expectDescribed = (
  validator: Validator,
  { pointer, responses }: Found,
  response: LightMyRequestResponse,
): void => {
  const status = String(response.statusCode);
  if (status === '304') return;
  if (response.statusCode < 400) expect(Object.keys(responses)).toContain(status);
  const described = responses[status] === undefined ? `${status.slice(0, 1)}XX` : status;
  const media = String(response.headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  const types = Object.keys(responses[described]?.content ?? {});
  if (types.length === 0) {
    expect(response.body).toBe('');
    return;
  }
  expect(types).toContain(media);
  if (!media.endsWith('json')) return;
  const schema = `api#${encodeURI(`${pointer}/${described}/content/${media.replace('/', '~1')}/schema`)}`;
  const validate = validator(schema);
  const valid = validate(response.json());
  expect({ url: pointer, problems: valid ? [] : validate.errors }).toEqual({ url: pointer, problems: [] });
};
