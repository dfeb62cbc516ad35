import { expect, test } from '@jest/globals';
import { normaliseEndpoints } from './normalise.ts';
import { replaceMarked } from './template-marks.ts';

const shown = (value: unknown): unknown => JSON.parse(replaceMarked(JSON.stringify(value), (path) => `<${path}>`));

test('placeholders of the mock are marked; those of the flow stay the flow’s', () => {
  const endpoints = [
    { path: '/a', response: { body: { mine: 'x {{ request.body.id }}', flow: '{{order_id}} ${request_id}' } } },
  ];
  expect(shown(normaliseEndpoints({ endpoints }))).toEqual({
    endpoints: [
      { path: '/a', response: { body: { mine: 'x <request.body.id>', flow: '{{order_id}} ${request_id}' } } },
    ],
  });
});

test('older spellings of an endpoint get their names', () => {
  const endpoint = {
    path: '/a',
    match: { query_params: { a: '1' } },
    response: { status_code: 201, body_json: {}, delay_ms: 20 },
  };
  expect(normaliseEndpoints({ endpoint })).toEqual({
    endpoints: [{ path: '/a', match: { query: { a: '1' } }, response: { status: 201, body: {}, delay: '20ms' } }],
  });
});

test('what needs no rewriting stays the same object, and so keeps its place in the file', () => {
  const plain = { path: '/a', response: { body: { id: '${id}' } } };
  const { endpoints } = normaliseEndpoints({ endpoints: [plain, { path: '/b', response: { body: '{{call}}' } }] });
  expect((endpoints as unknown[])[0]).toBe(plain);
});
