import { expect, test } from '@jest/globals';
import { decodeBody, mediaTypeOf } from './decode.ts';

const decode = (text: string | Buffer, contentType: string, parse: 'auto' | 'json' | 'text' = 'auto') =>
  decodeBody(Buffer.from(text as string), contentType, parse);

test.each([
  ['application/json', { a: 1 }],
  ['Application/JSON; charset=utf-8', { a: 1 }],
  ['application/problem+json', { a: 1 }],
  ['', { a: 1 }],
  ['text/plain', '{"a":1}'],
  ['application/jsonp', '{"a":1}'],
])('auto goes by the content type %j', (contentType, value) => {
  expect(decode('{"a":1}', contentType)).toEqual({ value });
});

test('parse: json reads any type as JSON, parse: text none', () => {
  expect(decode('5', 'text/plain', 'json')).toEqual({ value: 5 });
  expect(decode('5', 'application/json', 'text')).toEqual({ value: '5' });
});

test('a text without a type stays text unless it is a JSON map or list', () => {
  expect(decode('00501', '')).toEqual({ value: '00501' });
  expect(decode('{oops', '')).toEqual({ value: '{oops' });
});

test('a byte order mark is no part of the text', () => {
  expect(decode('\uFEFF{"a":1}', 'application/json')).toEqual({ value: { a: 1 } });
});

test('another character set is read as such', () => {
  expect(decode(Buffer.from([0x63, 0x61, 0x66, 0xe9]), 'text/plain; charset=iso-8859-1')).toEqual({ value: 'café' });
});

test('bytes that are no text come as base64, and are a defect where JSON is claimed', () => {
  expect(decode(Buffer.from([0xff, 0xfe]), 'image/png')).toEqual({ value: '//4=' });
  expect(decode(Buffer.from([0xff, 0xfe]), 'application/json').defect).toMatch(/not text/);
});

test('the media type is without parameters and in lower case', () => {
  expect(mediaTypeOf('Text/HTML; charset=utf-8')).toBe('text/html');
});
