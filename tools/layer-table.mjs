// node tools/layer-table.mjs: prints the layer table into ARCHITECTURE.md. A spec fails while the two differ.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { layers } from './layers.mjs';

const start = '<!-- layers: printed from tools/layers.mjs -->\n';
const end = '<!-- /layers -->';

/** @type {(names: readonly string[]) => string} */
const listed = (names) => (names.length === 0 ? 'none' : names.join(', '));

/** The columns of one layer; the many libraries that everything above them may use are not spelled out. */
const row = ({ folder, layers: allowed, packages, node }) => {
  const below = layers.filter((layer) => layer.folder.startsWith('libs/') && layer.name !== 'testing');
  const all = below.every(({ name }) => allowed.includes(name));
  const others = all ? allowed.filter((name) => !below.some((layer) => layer.name === name)) : allowed;
  const reach = all ? ['every library', ...others].join(', ') : listed(others);
  return `| \`${folder}\` | ${reach} | ${listed(packages)} | ${node ? 'yes' : 'no'} |`;
};

const table = () =>
  ['| folder | may import | npm packages | Node |', '|---|---|---|---|', ...layers.map(row)]
    .map((line) => `${line}\n`)
    .join('');

/** @param {string} text a page with the two marks in it */
export const withLayerTable = (text) => {
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no "${start.trim()}" before "${end}"`);
  return text.slice(0, from + start.length) + table() + text.slice(to);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = new URL('../ARCHITECTURE.md', import.meta.url);
  await writeFile(page, withLayerTable(await readFile(page, 'utf8')));
}
