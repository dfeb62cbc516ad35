import { describe, expect, test } from '@jest/globals';
import { readCurl } from './curl.ts';

const only = (text: string) => readCurl(text).groups[0]?.requests[0];

describe('a curl command', () => {
  test('as a browser copies it is read with its quotes and line ends', () => {
    const copied = `curl 'https://shop.example/api/orders?page=1' \\
  -X POST \\
  -H 'Content-Type: application/json; charset=utf-8' \\
  -H $'X-Note: it\\'s \\u0041' \\
  --data-raw '{"name":"O'\\''Neill","total":1.50}' --compressed -sS`;
    expect(only(copied)).toEqual({
      method: 'POST',
      url: 'https://shop.example/api/orders?page=1',
      headers: [['X-Note', "it's A"]],
      body: { kind: 'json', value: { name: "O'Neill", total: 1.5 } },
      followsRedirects: false,
    });
  });

  test.each([
    ['curl example.com/a', { method: 'GET', url: 'http://example.com/a' }],
    ['curl -I http://a', { method: 'HEAD' }],
    ['curl -XPUT http://a', { method: 'PUT' }],
    ['curl -kL http://a', { checksCertificate: false, headers: [] }],
    ['curl -G http://a -d x=1 --data-urlencode "q=a b"', { method: 'GET', url: 'http://a?x=1&q=a%20b' }],
    [
      'curl http://a -d x=1 -d y=2%20',
      {
        method: 'POST',
        body: {
          kind: 'form',
          fields: [
            ['x', '1'],
            ['y', '2 '],
          ],
        },
      },
    ],
    ['curl http://a --json \'{"a":[1]}\'', { body: { kind: 'json', value: { a: [1] } } }],
    [
      'curl http://a -F up=@./a.png -F n=1',
      { body: { kind: 'multipart', fields: [{ name: 'up', file: './a.png' }, ['n', '1']] } },
    ],
    ['curl -u ada:se:cret http://a', { auth: { type: 'basic', username: 'ada', password: 'se:cret' } }],
    ['curl -b "a=1" http://a # home', { headers: [['Cookie', 'a=1']] }],
    [
      `curl http://a -d '{"a": 1}'`,
      { headers: [['Content-Type', 'application/x-www-form-urlencoded']], body: { kind: 'json', value: { a: 1 } } },
    ],
  ])('%s', (text, expected) => {
    expect(only(text)).toMatchObject(expected);
  });

  test('what would be expanded by a flow stands for itself', () => {
    expect(only(`curl 'http://a/\${x}' -H 'X-A: \${y}'`)).toMatchObject({
      url: 'http://a/$${x}',
      headers: [['X-A', '$${y}']],
    });
  });

  test('several commands are several steps', () => {
    const { groups } = readCurl('curl http://a/1\n\n# then\ncurl http://a/2; curl http://a/3');
    expect(groups[0]?.requests.map(({ url }) => url)).toEqual(['http://a/1', 'http://a/2', 'http://a/3']);
  });

  test.each([
    ['', 'no curl command'],
    ['wget http://a', '`wget` is not curl'],
    ['curl http://a --proxy b', 'the option --proxy of curl is not known here'],
    ['curl http://a -d', 'the option -d needs a value'],
    ['curl\n  http://a', 'names 0'],
    ['curl http://a http://b', 'names 2'],
    ['curl http://a -d @body.json', '@body.json is a file'],
    ["curl 'http://a", 'a quote is not closed'],
    ['curl "http://$HOST/a"', '`$HOST/a` is work for a shell'],
    ['curl http://a | jq .', '`| jq .` is work for a shell'],
    ['curl "`date`"', 'is work for a shell'],
  ])('%s is refused', (text, message) => {
    expect(() => readCurl(text)).toThrow(message);
  });
});
