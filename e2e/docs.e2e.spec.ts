import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { allSchemas } from '@testmesh/catalogue';
import type { JsonReport, JsonReportFlow } from '@testmesh/contracts';
import { keysAt } from '../libs/flow/src/reading/schema-keys.ts';
import { ensureImage } from '../tools/infra/stand-ins/ensure-image.ts';
import { describeWith } from '../tools/testing/real.ts';
import { type Folder, projectFolder, root, testmesh } from './support/cli.ts';
import { type DocBlock, docBlocks, optionsOf, pages, type Server, serversOf } from './support/doc-blocks.ts';

// One start for all blocks that are judged alike: a process per block would take minutes.
const byOptions = (blocks: readonly DocBlock[]): readonly (readonly [options: string[], blocks: DocBlock[]])[] =>
  [...Map.groupBy(blocks, optionsOf)].map(([options, alike]) => [options === '' ? [] : options.split(' '), alike]);

const cases = (blocks: readonly DocBlock[]) => blocks.map((block): [string, DocBlock] => [block.place, block]);

let folder: Folder;
beforeAll(async () => {
  const environments = globSync('environments/*.yaml', { cwd: join(root, 'examples') });
  folder = await projectFolder({
    ...Object.fromEntries(environments.map((path) => [path, readFileSync(join(root, 'examples', path), 'utf8')])),
    ...Object.fromEntries(docBlocks.map(({ path, text }) => [path, text])),
  });
});
afterAll(async () => folder[Symbol.asyncDispose]());

const FINDING = /^(error|warning)\[(TM\d+)\]: (.*)\n +--> (.+?):\d+:\d+$/gm;

describe('a printed flow is judged as its page says', () => {
  const flows = docBlocks.filter(({ isFlow }) => isFlow);
  const findings = new Map<string, string[]>();

  beforeAll(async () => {
    for (const [options, blocks] of byOptions(flows)) {
      const paths = blocks.map(({ path }) => path);
      const { stdout, stderr } = await testmesh(['validate', ...options, ...paths], { cwd: folder.path });
      expect(`${stdout}${stderr}`).toMatch(/\d+ flows? (?:in)?valid/);
      for (const [, severity, code, message, file = ''] of stderr.matchAll(FINDING)) {
        // A page shows a flow that asks for an input, not the command that gives it.
        if (code === 'TM2022') continue;
        findings.set(file, [...(findings.get(file) ?? []), `${severity}[${code}]: ${message}`]);
      }
    }
  });

  const isInvalid = ({ kind }: DocBlock): boolean => kind === 'invalid';

  test.each(cases(flows.filter((block) => !isInvalid(block))))('%s is valid', (_place, { path }) => {
    expect(findings.get(path) ?? []).toEqual([]);
  });

  test.each(cases(flows.filter(isInvalid)))('%s is refused with its code alone', (_place, { path, rest }) => {
    const codes = (findings.get(path) ?? []).map((finding) => finding.replace(/^.*?\[(TM\d+)\].*$/, '$1'));
    expect([...new Set(codes)]).toEqual([rest]);
  });
});

const running = docBlocks.filter(({ kind }) => kind === 'run' || kind === 'fails');

const textsOf = (report: unknown): string => {
  const texts: string[] = [];
  JSON.stringify(report, (_key, value: unknown) => {
    if (typeof value === 'string') texts.push(value);
    return value;
  });
  return texts.join('\n');
};

/** The addresses of the servers that were had, for the command line and in its environment. */
type Given = { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };

/** Runs blocks and declares one test for each. */
const testsOf = (blocks: readonly DocBlock[], { args: given, env }: Given): void => {
  const flows = new Map<string, JsonReportFlow>();
  beforeAll(async () => {
    for (const [options, alike] of byOptions(blocks)) {
      const paths = alike.map(({ path }) => path);
      const args = ['run', ...options, ...given, '--reporter', 'json', ...paths];
      const { stdout, stderr } = await testmesh(args, { cwd: folder.path, env, timeoutMs: 300_000 });
      expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(/^\{/) });
      for (const flow of (JSON.parse(stdout) as JsonReport).flows) flows.set(flow.file, flow);
    }
  }, 320_000);

  const ofKind = (kind: DocBlock['kind']) => cases(blocks.filter((block) => block.kind === kind));
  const passing = ofKind('run');
  const failing = ofKind('fails');
  if (passing.length > 0) {
    test.each(passing)('%s passes', (_place, { path }) => {
      const flow = flows.get(path);
      expect(flow).toMatchObject({ status: 'passed' });
    });
  }
  if (failing.length > 0) {
    test.each(failing)('%s fails as its page says', (_place, { path, rest }) => {
      const flow = flows.get(path);
      expect(flow).toMatchObject({ status: expect.stringMatching(/^(?:failed|error)$/) });
      expect(textsOf(flow)).toContain(rest);
    });
  }
};

type Tests = (given: Given) => void;

const named =
  (name: string, { args, env }: Given, tests: Tests) =>
  (address: string): void =>
    tests({ args: [...args, '--var', `${name}=${address}`], env });

/** How a server is had, and the name under which the pages ask for its address. */
const servers: Readonly<Record<Server, (given: Given, blocks: readonly DocBlock[], tests: Tests) => void>> = {
  postgres: (given, _blocks, tests) =>
    describeWith('postgres', 'printed flows with PostgreSQL', named('DB', given, tests)),
  kafka: (given, _blocks, tests) =>
    describeWith('kafka', 'printed flows with Kafka', named('KAFKA_BROKERS', given, tests)),
  redis: (given, _blocks, tests) => describeWith('redis', 'printed flows with Redis', named('REDIS_URL', given, tests)),
  docker: ({ args, env }, blocks, tests) =>
    describeWith('docker', 'printed flows with Docker', (address) => {
      beforeAll(async () => {
        for (const image of imagesOf(blocks)) await ensureImage(address, image, () => undefined);
      }, 600_000);
      tests({ args, env: { ...env, DOCKER_HOST: address } });
    }),
};

const testsWith = ([server, ...others]: readonly Server[], blocks: readonly DocBlock[], given: Given): void => {
  if (server === undefined) testsOf(blocks, given);
  else servers[server](given, blocks, (more) => testsWith(others, blocks, more));
};

const imagesOf = (blocks: readonly DocBlock[]): ReadonlySet<string> =>
  new Set(blocks.flatMap(({ text }) => [...text.matchAll(/^ *image: (\S+)$/gm)].map(([, image = '']) => image)));

const needing = Map.groupBy(running, (block) => serversOf(block).join(' '));
describe('a printed flow does what its page says', () => {
  for (const blocks of needing.values()) testsWith(serversOf(blocks[0] as DocBlock), blocks, { args: [], env: {} });
});

test('the basic examples pass as they are', async () => {
  const { code, stdout, stderr } = await testmesh(['run', 'examples/basics', '--data', join(folder.path, '.testmesh')]);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringMatching(/ 0 failed, 0 errors/) });
});

/** Actions of one family share a page. */
const pageOf = (type: string): string => {
  const names = [type, type.split('.')[0], type.replace(/_[^_]+$/, '')];
  const pages = names.map((name) => join(root, `docs/actions/${name}.md`));
  return pages.find((page) => existsSync(page)) ?? (pages[0] as string);
};

const inCode = (page: string): string => [...page.matchAll(/`[^`\n]+`/g)].map(([code]) => code).join('\n');

describe.each((await allSchemas()).map((schema) => ({ ...schema, page: pageOf(schema.type) })))(
  '$type',
  ({ type, config, page }) => {
    test('has a page, which the index of actions names', () => {
      const index = readFileSync(join(root, 'docs/actions/README.md'), 'utf8');
      expect(readFileSync(page, 'utf8')).toContain(type.includes('.') ? `\`${type}\`` : type);
      expect(index).toContain(`\`${type}\``);
    });

    test('has every key of its config explained there', () => {
      const code = inCode(readFileSync(page, 'utf8'));
      const missing = keysAt(config, []).filter((key) => !new RegExp(`\\b${key}\\b`).test(code));
      expect(missing).toEqual([]);
    });
  },
);

const links = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => [
    page,
    target,
  ]),
);

test.each(links)('%s links to %s, which is there', (page = '', target = '') => {
  expect(existsSync(join(root, dirname(page), target))).toBe(true);
});
