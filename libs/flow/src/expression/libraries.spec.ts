import { expect, jest, test } from '@jest/globals';

/** What a file makes loaded, in modules of its own. */
const loadedFor = async (text: string): Promise<string[]> => {
  jest.resetModules();
  const { loadLibrariesFor } = await import('./libraries.ts');
  const { compileRegex } = await import('../regex/regex.ts');
  const { compileJsonPath } = await import('../path/json-path.ts');
  await loadLibrariesFor(text);
  const works = (use: () => unknown) => {
    try {
      use();
      return true;
    } catch {
      return false;
    }
  };
  return [works(() => compileRegex('a')) ? 'regex' : '', works(() => compileJsonPath('$..a')) ? 'path' : ''].filter(
    Boolean,
  );
};

test.each([
  ['- status == 200\n- status in [200, 201]\nid: $.body.items[0].id\nurl: ${BASE_URL:http://h:1}/x', []],
  ['- body.id matches "^x$"', ['regex']],
  ['x: $..id', ['regex', 'path']],
  ['x: $.items[*].id', ['regex', 'path']],
  ['x: $.items[?@.a > 1]', ['regex', 'path']],
  ["- $.users[?(@.status == 'active')].length > 0", ['regex', 'path']],
  ['x: $.items[0, 1]', ['regex', 'path']],
  ["x: $['a', 'b']", ['regex', 'path']],
  ['x: $.items[1:3]', ['regex', 'path']],
  ['x: $.items.*', ['regex', 'path']],
  ['x: body.items[*].id', ['regex', 'path']],
  ['x: body..id', ['regex', 'path']],
])('%j needs %j', async (text, expected) => {
  expect(await loadedFor(text)).toEqual(expected);
});
