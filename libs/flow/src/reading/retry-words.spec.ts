import { expect, test } from '@jest/globals';
import { catalogue } from './catalogue.fixture.ts';
import { readFlow } from './read-flow.ts';

const found = async (retry: string) => {
  const text = `flow:\n  name: a\n  steps:\n    - { action: http, config: { url: "http://a" }, retry: ${retry} }\n`;
  const { diagnostics } = await readFlow({ file: 'a.yaml', text }, catalogue);
  return diagnostics.map(({ code, severity, span, suggestion }) => {
    const place = text.split('\n')[span.line - 1]?.slice(span.column - 1, span.endColumn - 1);
    return `${severity} ${code} at ${place}${suggestion === undefined ? '' : `: ${suggestion}`}`;
  });
};

test('a word that is retried and is not stands under the second of the two', async () => {
  expect(await found('{ delay: 5s, retry_on: [502], retry_on_not: [503, 502] }')).toEqual(['error TM2017 at 502']);
});

test.each([
  ['asertion', 'warning TM2016 at asertion: did you mean `assertion`?'],
  ['time_outt', 'warning TM2016 at time_outt: did you mean `timeout`?'],
  ['ECONREFUSED', 'warning TM2016 at ECONREFUSED: did you mean `ECONNREFUSED`?'],
  ['7xx', 'warning TM2016 at 7xx'],
  ['50x', 'warning TM2016 at 50x'],
  ['999', 'warning TM2016 at 999'],
])('%s would never be met', async (word, expected) => {
  expect(await found(`{ retry_on: [${word}] }`)).toEqual([expected]);
  expect(await found(`{ retry_on_not: ${word} }`)).toEqual([expected]);
});

test.each([
  '503',
  '5xx',
  '5XX',
  'assertion',
  'connection error',
  'econnreset',
  'connection-error',
  '40001',
  'deadlock',
])('%s is a word', async (word) => {
  expect(await found(`{ retry_on: ["${word}"] }`)).toEqual([]);
});
