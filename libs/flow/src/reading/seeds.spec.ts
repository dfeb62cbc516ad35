import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkFlow } from '../checks/check-flow.ts';
import { readEnvironment } from '../environment/read-environment.ts';
import { renderDiagnostic } from '../source/render.ts';
import { catalogue } from './catalogue.fixture.ts';
import { readFlow } from './read-flow.ts';

const examples = join(import.meta.dirname, '../../../../examples');
const seeds = readdirSync(join(examples, 'seeds'))
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => ({ file: `examples/seeds/${name}`, text: readFileSync(join(examples, 'seeds', name), 'utf8') }));

describe('the flows of the guides', () => {
  test('are there', () => {
    expect(seeds.length).toBeGreaterThanOrEqual(4);
  });

  test.each(seeds)('$file is read without a word', async (seed) => {
    const { flow, diagnostics } = await readFlow(seed, catalogue);
    expect(diagnostics).toEqual([]);
    expect(flow?.steps.length).toBeGreaterThan(0);
  });

  test('need nothing but their environment', async () => {
    const codes = await Promise.all(
      seeds.map(async (seed) => {
        const { flow } = await readFlow(seed, catalogue);
        return flow ? checkFlow(flow, { variables: new Set() }).map(({ code }) => code) : ['unread'];
      }),
    );
    for (const found of codes) expect([[], ['TM2010']]).toContainEqual(found);
  });

  test('are complete with that of the local demo', async () => {
    const file = join(examples, 'environments/local.yaml');
    const { environment } = await readEnvironment({ file, text: readFileSync(file, 'utf8') }, 'local', catalogue);
    for (const seed of seeds.filter(({ file: name }) => !name.includes('order-creates-notification'))) {
      const { flow } = await readFlow(seed, catalogue);
      expect(flow && checkFlow(flow, { environment, variables: new Set() })).toEqual([]);
    }
  });
});

const LIMIT_MS = 10_000;

/** Reads whatever it is given; it may say anything but must say it, with places that can be shown. */
const survives = async (text: string): Promise<void> => {
  const began = performance.now();
  const { flow, diagnostics } = await readFlow({ file: 'a.yaml', text }, catalogue);
  const checked = flow ? checkFlow(flow, { variables: new Set() }) : [];
  for (const diagnostic of [...diagnostics, ...checked]) {
    expect(diagnostic.span.line).toBeGreaterThan(0);
    expect(diagnostic.span.column).toBeGreaterThan(0);
    expect(renderDiagnostic(diagnostic, text)).toContain(diagnostic.code);
  }
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
};

const PIECES = [
  '"',
  "'",
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '\n',
  '  ',
  '${',
  '{{',
  '}}',
  '&a ',
  '*a',
  '!',
  '|',
  '>',
  '#',
  '\t',
  '<<: ',
  '~',
  '0',
  'null',
  '__proto__',
  '\u0000',
  'é',
  '😀',
];

describe('hostile text', () => {
  test('of any kind is answered', () =>
    fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), survives), { numRuns: 120 }));

  test('of the pieces that YAML and templates are made of is answered', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) =>
        survives(`flow:\n  steps:\n    - action: http\n      config: ${pieces.join('')}`),
      ),
      { numRuns: 120 },
    ));

  const edit = fc.record({
    seed: fc.constantFrom(...seeds),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(40),
    insert: fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }),
  });

  test('made of a flow by a slip of the hand is answered', () =>
    fc.assert(
      fc.asyncProperty(edit, async ({ seed, at, drop, insert }) => {
        const place = Math.floor(at * seed.text.length);
        await survives(seed.text.slice(0, place) + insert.join('') + seed.text.slice(place + drop));
      }),
      { numRuns: 100 },
    ));

  test('made of a flow by lost lines is answered', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...seeds), fc.infiniteStream(fc.nat(9)), async ({ text }, chance) => {
        const kept = text.split('\n').filter(() => (chance.next().value as number) > 0);
        await survives(kept.join('\n'));
      }),
      { numRuns: 100 },
    ));
});
