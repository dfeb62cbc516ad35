import type { Value } from '@testmesh/domain';
import type { ImportedAuth, ImportedBody, ImportedRequest, Pair } from './imported.ts';

type Change = (text: string) => string;

/** The request with every text of it changed that is sent. */
export const withTexts = (request: ImportedRequest, change: Change): ImportedRequest => ({
  ...request,
  url: change(request.url),
  headers: request.headers.map((pair) => pairWith(pair, change)),
  ...(request.body !== undefined && { body: bodyWith(request.body, change) }),
  ...(request.auth !== undefined && { auth: authWith(request.auth, change) }),
});

const pairWith = ([name, value]: Pair, change: Change): Pair => [name, change(value)];

const bodyWith = (body: ImportedBody, change: Change): ImportedBody => {
  switch (body.kind) {
    case 'json':
      return { kind: 'json', value: valueWith(body.value, change) };
    case 'text':
      return { kind: 'text', text: change(body.text) };
    case 'form':
      return { kind: 'form', fields: body.fields.map((pair) => pairWith(pair, change)) };
    case 'multipart':
      return {
        kind: 'multipart',
        fields: body.fields.map((field) => ('file' in field ? field : pairWith(field, change))),
      };
    case 'graphql': {
      const query = change(body.query);
      return body.variables === undefined
        ? { ...body, query }
        : { ...body, query, variables: valueWith(body.variables, change) };
    }
  }
};

const authWith = (auth: ImportedAuth, change: Change): ImportedAuth => {
  switch (auth.type) {
    case 'basic':
      return { ...auth, username: change(auth.username), password: change(auth.password) };
    case 'bearer':
      return { ...auth, token: change(auth.token) };
    case 'api_key':
      return { ...auth, key: change(auth.key) };
  }
};

const valueWith = (value: Value, change: Change): Value => {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => valueWith(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, valueWith(item, change)]));
};
