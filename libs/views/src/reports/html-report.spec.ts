import { expect, test } from '@jest/globals';
import type { Span, StepPath } from '@testmesh/domain';
import fc from 'fast-check';
import type { RunReport, StepReport } from '../run-report.ts';
import { suiteOfRun } from './flow-verdict.ts';
import { htmlText } from './html-report.ts';

const spanIn = (file: string): Span => ({ file, line: 2, column: 3, endLine: 2, endColumn: 9 });

/** A run in which every text that a flow or a server can choose is this one. */
const runOf = (text: string): RunReport => {
  const span = spanIn(text);
  const step: StepReport = {
    path: text as StepPath,
    id: text,
    title: text,
    phase: 'steps',
    action: text,
    span,
    status: 'failed',
    reason: text,
    excused: false,
    attempts: [
      { status: 'failed', durationMs: 1, failures: [text] },
      { status: 'error', durationMs: 1, error: { code: text, message: text }, failures: [] },
    ],
    durationMs: 2,
    assertions: [
      { expression: text, group: 'all', passed: true, values: [] },
      { expression: 'a == b', group: 'all', passed: false, message: text, values: [{ text, value: text, span }], span },
      { expression: text, group: 'all', passed: false, actual: { [text]: text }, expected: { [text]: 1 }, values: [] },
    ],
    checks: 3,
    error: { code: text, message: text, help: text, span },
    exchange: { kind: text, summary: text, request: { [text]: text }, response: text, seen: [text], curl: text },
    captured: { [text]: text },
    steps: [],
  };
  return {
    runId: text,
    name: text,
    file: text,
    environment: text,
    tags: [text],
    seed: text,
    status: 'finished',
    verdict: 'failed',
    reason: text,
    durationMs: 40,
    teardown: { status: 'none' },
    steps: [{ ...step, steps: [step] }],
    sources: { [text]: `${text}\n${text}\n${text}` },
    outputs: {},
  };
};

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></pre></details><iframe src=//evil.example>',
  '</title><svg onload=alert(1)>',
  '&lt;script&gt; &amp; &#60;b&#62;',
  '<!-- --> ]]> \u0000 \u0001 \ud800 \u202e',
  'javascript:alert(1)',
  '$& $1 ${7*7} {{constructor}}',
];

/** Every tag with the names of its attributes; a page of plain names has the ones that the report itself writes. */
const skeleton = (page: string): string =>
  [...page.matchAll(/<(\/?[a-z][a-z0-9]*)([^<>]*)>/gi)]
    .map(
      ([, tag, rest = '']) =>
        `${tag}${[...rest.matchAll(/ ([a-z-]+)(?:="[^"]*")?/gi)].map(([, name]) => ` ${name}`).join('')}`,
    )
    .join('\n');

const page = (text: string): string => htmlText(suiteOfRun(runOf(text)));

test.each(HOSTILE)('%j stays text wherever a flow or a server says it', (text) => {
  expect(skeleton(page(text))).toBe(skeleton(page('plain')));
});

test('no text makes a tag, an attribute or a comment', () => {
  const plain = skeleton(page('plain'));
  const words = fc.array(fc.constantFrom('<', '>', '"', "'", '&', '=', '/', '-', '!', '`', ' ', 'a', 'on', '\u0000'));
  fc.assert(
    fc.property(words, (parts) => {
      const shown = page(`x${parts.join('')}`);
      expect(skeleton(shown)).toBe(plain);
      expect(shown).not.toContain('<!--');
    }),
    { numRuns: 200 },
  );
});

test('the page asks for nothing and runs nothing', () => {
  const text = page('plain');
  expect(text).not.toMatch(/<script|<link|<img|<iframe|<object|<form|\bsrc=|\bhref=|url\(|@import|\son\w+=/i);
  expect(text).toMatch(/^<!doctype html>\n<html lang="en">/);
});

test('a reader sees what failed, where, and what was expected', () => {
  const text = page('pay');
  expect(text).toContain('<title>pay: failed</title>');
  expect(text).toContain('<mark>   2 | pay\n</mark>');
  expect(text).toContain('<ins>- pay: number 1\n</ins>');
  expect(text).toContain('<del>+ pay: string &quot;pay&quot;\n</del>');
  expect(text).toContain('<details open>');
});

test('a secret that stands masked in the run stands masked in its page', () => {
  const text = page('Bearer ***');
  expect(text).toContain('Bearer ***');
  expect(text).toContain('0 passed, 1 failed, 0 errors, 0 skipped');
});
