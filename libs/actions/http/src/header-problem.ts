import type { Value } from '@testmesh/domain';

// RFC 9110: a name is a token; a value has visible characters, spaces, tabs and the bytes above ASCII.
const NAME = /^[!#$%&'*+.^_`|~A-Za-z0-9-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not have
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

export const isHeaderName = (text: string): boolean => NAME.test(text);

/** Why a header cannot be sent; undefined when it can. */
export const headerProblem = (name: string, value: Value | undefined): string | undefined => {
  if (!isHeaderName(name)) return `"${name}" cannot be the name of a header: letters, digits and - without spaces`;
  const wrong = typeof value === 'string' ? FORBIDDEN.exec(value)?.[0] : undefined;
  if (wrong === undefined) return undefined;
  const what = wrong === '\r' || wrong === '\n' ? 'a line break' : `the character ${JSON.stringify(wrong)}`;
  return `the header ${name} cannot be sent: its value has ${what} in it`;
};

/** Of names and values in turn, why the first that cannot be sent cannot. */
export const firstHeaderProblem = (lines: readonly string[]): string | undefined => {
  for (let at = 0; at < lines.length; at += 2) {
    const problem = headerProblem(lines[at] ?? '', lines[at + 1]);
    if (problem !== undefined) return problem;
  }
  return undefined;
};
