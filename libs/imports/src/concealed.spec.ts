import { expect, test } from '@jest/globals';
import { importFlows } from './import-flows.ts';

const SECRET = 'pw12345678';
const textOf = (content: string): string => {
  const { flows } = importFlows('curl', content);
  return flows.map(({ name, yaml }) => `${name}\n${yaml}`).join('\n');
};

test.each([
  ['the user information of an address', `curl http://u:${SECRET}@x/a`],
  ['a password with an @ in it', `curl http://u:a@${SECRET}@x/a`],
  ['a user without a password', `curl https://${SECRET}@x/a`],
  ['another scheme', `curl ftp://u:${SECRET}@x/a`],
  ['-u without a password', `curl -u ${SECRET}: http://x/a`],
  ['a fragment', `curl 'http://x/a#access_token=${SECRET}&b=1'`],
  ['a path parameter', `curl 'http://x/a;jsessionid=${SECRET}?b=1'`],
  ['an encoded name', `curl 'http://x/a?pass%77ord=${SECRET}'`],
  ['an address in an address', `curl 'http://x/a?next=http://u:${SECRET}@y/'`],
  ['a Referer', `curl http://x/a -e 'http://y/?token=${SECRET}'`],
  ['a header of another name', `curl http://x/a -H 'X-Forwarded-User: Bearer ${SECRET}'`],
  ['JSON without a type', `curl http://x/a --data-raw '{"password":"${SECRET}"}'`],
  ['JSON under another type', `curl http://x/a -H 'Content-Type: text/plain' -d '[{"password":"${SECRET}"}]'`],
  ['JSON with numbers that data does not take', `curl http://x/a --json '{"n":1.10,"password":"${SECRET}"}'`],
  ['JSON that is none', `curl http://x/a -d '{"password":"${SECRET}",}'`],
  ['JSON in JSON', `curl http://x/a --json '{"body":"{\\"password\\":\\"${SECRET}\\"}"}'`],
  ['all of a secret object', `curl http://x/a --json '{"credentials":{"user":"u","of":["${SECRET}"]}}'`],
  ['a name beside its value', `curl http://x/a --json '{"fields":[{"name":"password","value":"${SECRET}"}]}'`],
  ['a number', `curl http://x/a --json '{"passcode":92345678}'`],
  ['a form that is not encoded', `curl http://x/a -d 'user=a b&password=${SECRET} c&x=1'`],
  ['JSON in a part', `curl http://x/a -F 'data={"password":"${SECRET}"}'`],
  ['XML', `curl http://x/a -H 'Content-Type: text/xml' -d '<a><w:Password T="1">${SECRET}</w:Password></a>'`],
  ['CDATA', `curl http://x/a -H 'Content-Type: text/xml' -d '<password><![CDATA[${SECRET}]]></password>'`],
  ['YAML', `curl http://x/a -H 'Content-Type: text/yaml' -d 'a: 1\nb:\n  password: ${SECRET}'`],
  [
    'a multipart body as text',
    `curl http://x/a -H 'Content-Type: multipart/form-data; boundary=b' -d '--b\nContent-Disposition: form-data; name="password"\n\n${SECRET}\n--b--'`,
  ],
  ['a query of GraphQL', `curl http://x/a --json '{"query":"mutation { login(password: \\"${SECRET}\\") }"}'`],
  ['a token by its looks', `curl http://x/a/eyJhbGciOiJI.eyJ${SECRET}.abc`],
  [
    'another place of a value that was found',
    `curl -u u:${SECRET} http://x/${SECRET}/a -d 'v=${SECRET}' -H 'X-A: ${SECRET}'`,
  ],
  ['an earlier place of it', `curl http://x/${SECRET}\ncurl -u u:${SECRET} http://x/a`],
  ['what is left out', `curl -u u:${SECRET} http://x/a -w ${SECRET}`],
])('H1, H3: %s keeps no credential', (_place, content) => {
  const { notes, variables } = importFlows('curl', content);
  const text = textOf(content);
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain('92345678');
  expect(notes.join()).not.toContain(SECRET);
  expect(variables.filter(({ secret }) => secret)).not.toEqual([]);
});

test('the name of a flow shows neither user nor password, and its address neither', () => {
  const { flows } = importFlows('curl', `curl 'http://u:a@${SECRET}@x/a?b=1'`);
  expect(flows[0]?.name).toBe('GET http://x/a');
  expect(flows[0]?.yaml).toContain(
    'url: http://x/a?b=1\n        auth:\n          type: basic\n          username: u\n',
  );
});

test('what is read as JSON is sent as the type that was said, or as what curl says', () => {
  const sent = (more: string) =>
    importFlows('curl', `curl http://x/a -d '{"a":1,"password":"p"}' ${more}`).flows[0]?.yaml;
  expect(sent('')).toContain('headers:\n          Content-Type: application/x-www-form-urlencoded\n');
  expect(sent("-H 'content-type: text/plain'")).toContain('headers:\n          content-type: text/plain\n');
  expect(sent("-H 'content-type: application/vnd.a+json'")).toContain('content-type: application/vnd.a+json\n');
  expect(sent("-H 'content-type: application/json; charset=utf-8'")).not.toContain('headers');
  expect(sent('')).toContain('body:\n          a: 1\n          password: ${PASSWORD}\n');
});

test('a number stays a number, and what only counts stays as it is', () => {
  const { flows } = importFlows('curl', `curl http://x/a --json '{"passcode":1234,"max_tokens":4096}'`);
  expect(flows[0]?.yaml).toContain('passcode: ${number(PASSCODE)}\n          max_tokens: 4096\n');
  expect(flows[0]?.yaml).toContain('secrets:\n    - PASSCODE\n');
});

test('H3: short words and places to fill stay what they are', () => {
  const { flows } = importFlows('curl', 'curl -u u:a http://a/a/b');
  expect(flows[0]?.yaml).toContain('url: http://a/a/b');
});

test('what a collection says of its credentials is in none of its names, paths, values and descriptions', () => {
  const content = JSON.stringify({
    info: { name: `Shop of ${SECRET}`, schema: 'v2.1.0', description: `curl http://u:${SECRET}@x` },
    variable: [
      { key: 'base', value: `http://u:${SECRET}@x` },
      { key: 'token', value: 'tok-12345678' },
    ],
    item: [
      {
        name: `http://u:${SECRET}@x/?token=tok-12345678`,
        request: {
          method: 'POST',
          url: { raw: '{{base}}/:api_key/a', variable: [{ key: 'api_key', value: 'k1' }] },
          body: { mode: 'raw', raw: '{"password": "tok-12345678"}' },
        },
      },
    ],
  });
  const { flows, variables } = importFlows('postman', content);
  const text = flows[0]?.yaml ?? '';
  for (const secret of [SECRET, 'tok-12345678', 'k1']) expect(text).not.toContain(secret);
  expect(flows[0]?.name).toBe('Shop of ***');
  expect(text).toContain('base: http://u:${BASIC_PASSWORD}@x');
  expect(text).toContain('url: ${base}/${API_KEY}/a');
  expect(text).toContain('Content-Type: text/plain');
  expect(text).toContain('password: ${token}');
  expect(variables.map(({ name }) => name).sort()).toEqual(['API_KEY', 'BASIC_PASSWORD', 'token']);
});

test('a recording is named without user and password', () => {
  const request = {
    method: 'POST',
    url: `https://u:${SECRET}@x y/a`,
    headers: [],
    postData: { text: `{"password":"${SECRET}"}` },
  };
  const content = JSON.stringify({ log: { entries: [{ request, response: { status: 200 } }] } });
  const { flows } = importFlows('har', content);
  expect(JSON.stringify(flows)).not.toContain(SECRET);
  expect(flows[0]?.name).toBe('Recorded at https://x y/a');
});

test('a long text takes time in proportion to its length', () => {
  const texts = [
    'a'.repeat(500_000),
    ' '.repeat(500_000),
    'password='.repeat(60_000),
    '<a '.repeat(150_000),
    '://'.repeat(150_000),
  ];
  const started = performance.now();
  for (const text of texts) textOf(`curl http://x/a -H 'Content-Type: text/xml' --data-raw 'x<${text}'`);
  expect(performance.now() - started).toBeLessThan(5000);
});
