import { describe, expect, test } from '@jest/globals';
import type { Value } from '@testmesh/domain';
import { loadLibrariesFor } from '../expression/libraries.ts';
import { nodeOf } from '../template/node.fixture.ts';
import { compileAssertions } from './compile.ts';

const codes = (value: Value) => compileAssertions(nodeOf(value), 'all').problems.map(({ code }) => code);

test('one text is as good as a list of one', () => {
  expect(compileAssertions(nodeOf('status == 200'), 'any').assertions).toMatchObject([
    { text: 'status == 200', group: 'any' },
  ]);
});

describe('an assertion must depend on something', () => {
  test.each<[Value]>([
    ['1 == 1'],
    ['true'],
    [true],
    ['not false'],
    ['"a" in ["a"]'],
    ['len("a") == 1'],
    ['RUN_ID exists'],
    ['UUID != ""'],
    ['now() == now()'],
    ['data.a == data.a'],
    ['data.a != data.a'],
    ['not (data.a <= data.a)'],
    ['data.a != null or true'],
    ['data.a == 1 and 1 == 2'],
    ['data.a == 1 ? true : true'],
    ['data.a == 1 or (data.b == data.b and not false)'],
  ])('%s is a constant', (item) => {
    expect(codes([item])).toEqual(['TM3020']);
  });
});

test.each([
  'data.a == data.b',
  'data.a == "${RUN_ID}"',
  'data.id == UUID',
  'data.a == 1 or false',
  'data.a == 1 and true',
  'data.a == 1 ? true : false',
  'all(data.list, # == #)',
  'data.list contains data.list',
])('%s depends on something', (item) => {
  expect(codes([item])).toEqual([]);
});

describe('an assertion must be able to be true', () => {
  test.each<[Value]>([
    ['"abc"'],
    [5],
    ['status + 1'],
    ['len(body)'],
    ['[status]'],
    ['{a: status}'],
    ['"${status}!"'],
    ['body[.x == 1]'],
    ['-status'],
    ['body.x ?? "d"'],
    ['flag ? 1 : 2'],
    [null],
  ])('%s never is', (item) => expect(codes([item])).toEqual(['TM3021']));

  test.each([
    'body.flag',
    '!body.flag',
    'body.flag ?? false',
    'status == 1 ? body.a : body.b',
    '"${flag}"',
    'first(body.flags)',
    'body.is-ready',
  ])('%s may be', (item) => {
    expect(codes([item])).toEqual([]);
  });
});

describe('forms', () => {
  test.each<[Value]>([
    [{ expresion: 'status == 200' }],
    [{ 'body.msg == "a': 'b"' }],
    [{ expression: 'status == 200', json_path: '$.x == 1' }],
    [{ message: 'only this' }],
    [{ expression: ['status == 200'] }],
    [['status == 200']],
    [{ response: { a: 1 }, matches_schema: {} }],
    [{ 'body matches_xml_schema': '<schema/>' }],
  ])('%j is none', (item) => expect(codes([item])).toEqual(['TM3022']));

  test('an unknown key is told its nearest', () => {
    expect(compileAssertions(nodeOf([{ expresion: 'status == 200' }]), 'all').problems[0]?.help).toBe(
      'did you mean `expression`?',
    );
  });

  test('an empty list asserts nothing', () => {
    expect(codes([])).toEqual(['TM3023']);
  });
});

test('all problems are found at once, each with its place in the text', async () => {
  await loadLibrariesFor('matches');
  const { problems } = compileAssertions(
    nodeOf(['status ==', 'body.id matches "(a"', 'body.x == ', { 'body. matches_schema': {} }]),
    'all',
  );
  expect(problems.map(({ code, span }) => `${code}@${span.column}`)).toEqual([
    'TM3001@10',
    'TM3007@17',
    'TM3001@11',
    'TM3001@6',
  ]);
});
