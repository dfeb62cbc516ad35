import { describe, expect, test } from '@jest/globals';
import { editFlowText, valuesOfKey } from './edit-flow-text.ts';

const FLOW = `# who checks out
flow:
  name: checkout # the one of the shop
  tags: [smoke, "two words"] # by hand
  steps:
    - action: log
      config: { message: 1.50 }
`;

describe('a flow whose text is changed in place', () => {
  test('keeps its comments and the spelling of everything else', () => {
    expect(editFlowText(FLOW, 'tags', ['smoke', 'nightly', 'yes', '1.0'])).toBe(
      FLOW.replace('[smoke, "two words"]', '[smoke, nightly, "yes", "1.0"]'),
    );
    expect(editFlowText(FLOW, 'name', 'checkout: copy')).toBe(FLOW.replace('name: checkout', 'name: "checkout: copy"'));
  });

  test('keeps a list in the form it has', () => {
    const block = 'name: a\ntags:\n  - one\n  - two\n\n# end\nsteps: []\n';
    expect(editFlowText(block, 'tags', ['one', 'three'])).toBe(block.replace('two', 'three'));
    expect(editFlowText(block, 'tags', [])).toBe('name: a\ntags:\n  []\n\n# end\nsteps: []\n');
  });

  test('gets the key behind its name where it had none', () => {
    const text = 'flow:\r\n  name: a # x\r\n  steps: []\r\n';
    expect(editFlowText(text, 'tags', ['b'])).toBe('flow:\r\n  name: a # x\r\n  tags: [b]\r\n  steps: []\r\n');
    expect(editFlowText('name: a', 'tags', ['b'])).toBe('name: a\ntags: [b]');
    expect(editFlowText('{"flow": {"name": "a", "steps": []}}', 'tags', ['b'])).toBe(
      '{"flow": {"name": "a", "tags": ["b"], "steps": []}}',
    );
  });

  test('takes characters that a file may hold as escapes alone', () => {
    expect(editFlowText('name: a', 'name', 'b\u007f\ufffd')).toBe('name: "b\\u007f\\ufffd"');
    expect(editFlowText('{"name": "a"}', 'tags', ['\ufffe'])).toBe('{"name": "a", "tags": ["\\ufffe"]}');
  });

  test('is left alone where the change would mean something else', () => {
    const shared = 'flow:\n  name: a\n  description: &d [x]\n  tags: *d\n';
    expect(editFlowText(shared, 'tags', ['y'])).toBeUndefined();
    expect(editFlowText('- a', 'tags', ['y'])).toBeUndefined();
    expect(editFlowText('steps: []', 'tags', ['y'])).toBeUndefined();
  });
});

test('the values of a key are found however deep it lies', () => {
  const text = 'url: a\nsteps:\n  - config: { url: "b c", body: { url: [d, e] } }\n';
  expect(valuesOfKey(text, 'url').map(({ start, end }) => text.slice(start, end))).toEqual(['a', '"b c"', '[d, e]']);
  expect(valuesOfKey('a: [', 'a')).toEqual([]);
});
