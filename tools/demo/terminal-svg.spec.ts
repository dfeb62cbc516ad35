import { expect, test } from '@jest/globals';
import { terminalSvg } from './terminal-svg.ts';

test('colours, weight and text are drawn, markup in the text is not', () => {
  const svg = terminalSvg('a run', '\u001b[1m\u001b[32mpassed\u001b[39m\u001b[22m <3 steps>');
  expect(svg).toContain('<tspan fill="#7ee787" font-weight="bold">passed</tspan><tspan> &lt;3 steps&gt;</tspan>');
});

test('its title says what it shows', () => {
  expect(terminalSvg('a run', 'x')).toContain('<title>a run</title>');
});

test('a look goes on in the next line', () => {
  expect(terminalSvg('a run', '\u001b[2ma\nb\u001b[22m')).toContain('<tspan opacity="0.6">b</tspan>');
});
