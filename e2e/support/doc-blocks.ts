// The flows printed in the documentation. A comment in the first line of a block says what the tests do with it:
//   # run [with postgres kafka …] [--options]   runs it, and it must pass
//   # fails TEXT                                runs it; it must not pass, and its report must contain the text
//   # invalid TM1203                            must be refused with exactly that code
//   # validate --options                        must be valid with these options
//   # file NAME                                 stands beside the page's other blocks under that name
// Every other block that holds a flow must be valid as it is. Blocks of a file may be of any language; their first line is left out.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './cli.ts';

const KINDS = ['run', 'fails', 'invalid', 'validate', 'file'] as const;

export interface DocBlock {
  /** `docs/language/outputs.md:34` */
  readonly place: string;
  /** Where it lies in the folder that the tests write; diagnostics name it. */
  readonly path: string;
  readonly text: string;
  readonly isFlow: boolean;
  readonly kind: (typeof KINDS)[number];
  /** What follows the kind. */
  readonly rest: string;
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm;
const MARK = new RegExp(`^# (${KINDS.join('|')})\\b *(.*)\\n`);

/** Every page of documentation, from the root of the repository. */
export const pages: readonly string[] = [
  'README.md',
  'demo/README.md',
  ...globSync('docs/**/*.md', { cwd: root }).sort(),
];

const blockOf = (page: string, line: number, language: string, written: string): DocBlock | undefined => {
  const [mark = '', kind = 'validate', rest = ''] = MARK.exec(written) ?? [];
  const isFile = kind === 'file';
  const isFlow = language === 'yaml' && /^flow:/m.test(written);
  if (!isFlow && !isFile) return undefined;
  return {
    place: `${page}:${line}`,
    path: join(page, isFile ? rest : `line-${line}.yaml`),
    text: isFile ? written.slice(mark.length) : written,
    isFlow,
    kind: kind as DocBlock['kind'],
    rest,
  };
};

const blocksOf = (page: string): readonly DocBlock[] => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(FENCE)].flatMap((match) => {
    const [, language = '', written = ''] = match;
    const line = text.slice(0, match.index).split('\n').length + 1;
    return blockOf(page, line, language, written) ?? [];
  });
};

/** Every block of every page that a test has something to do with. */
export const docBlocks: readonly DocBlock[] = pages.flatMap(blocksOf);

const WITH = /^with((?: \w+)+)/;

const SERVERS = ['postgres', 'kafka', 'redis', 'docker'] as const;
export type Server = (typeof SERVERS)[number];

/** The servers that a block needs. */
export const serversOf = ({ rest, place }: DocBlock): readonly Server[] => {
  const named = WITH.exec(rest)?.[1]?.trim().split(' ') ?? [];
  return named.map((name) => {
    const server = SERVERS.find((known) => known === name);
    if (server === undefined) throw new Error(`${place}: a flow runs with ${SERVERS.join(', ')}, not with ${name}`);
    return server;
  });
};

/** The options that a block is validated and run with. */
export const optionsOf = ({ kind, rest }: DocBlock): string =>
  kind === 'run' || kind === 'validate' ? rest.replace(WITH, '').trim() : '';
