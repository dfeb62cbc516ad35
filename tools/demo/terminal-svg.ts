// Text with the few colours that the reports use (ECMA-48 SGR), drawn as an SVG.

const COLOURS: Readonly<Record<string, string>> = {
  '31': '#ff7b72',
  '32': '#7ee787',
  '33': '#e3b341',
  '36': '#79c0ff',
};
const LINE = 19;
const CELL = 8.43;
const MARGIN = 16;

interface Look {
  readonly colour?: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

const PLAIN: Look = { bold: false, dim: false };

/** What a code changes; one that is not known leaves the look as it is. */
const changed = (look: Look, code: string): Look => {
  const { colour: _colour, ...rest } = look;
  if (code === '0' || code === '') return PLAIN;
  if (code === '1') return { ...look, bold: true };
  if (code === '2') return { ...look, dim: true };
  if (code === '22') return { ...look, bold: false, dim: false };
  if (code === '39') return rest;
  const colour = COLOURS[code];
  return colour === undefined ? look : { ...look, colour };
};

/** An SVG of a terminal that shows the text. */
export const terminalSvg = (title: string, text: string): string => {
  const lines = text.trimEnd().split('\n');
  const columns = Math.max(...lines.map((line) => plainLength(line)));
  const width = Math.ceil(columns * CELL + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  let look = PLAIN;
  const rows = lines.map((line, index) => {
    const drawn = drawLine(line, look);
    look = drawn.look;
    return `<text xml:space="preserve" x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE}">${drawn.spans}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
};

const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);

const drawLine = (line: string, start: Look): { readonly spans: string; readonly look: Look } => {
  // Text and codes alternate: the odd parts are what stood between the brackets.
  const parts = line.split(SGR);
  let look = start;
  const spans = parts.map((part, index) => {
    if (index % 2 === 0) return part === '' ? '' : `<tspan${attributes(look)}>${escaped(part)}</tspan>`;
    for (const code of part.split(';')) look = changed(look, code);
    return '';
  });
  return { spans: spans.join(''), look };
};

const attributes = ({ colour, bold, dim }: Look): string =>
  `${colour === undefined ? '' : ` fill="${colour}"`}${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}`;

const plainLength = (line: string): number =>
  line
    .split(SGR)
    .filter((_part, index) => index % 2 === 0)
    .join('').length;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
