// npm run chart-docs: prints the table of the chart's values into its README.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chartFolder } from './chart.ts';
import { chartValues, valuesTable, withTable } from './values-table.ts';

const readme = path.join(chartFolder, 'README.md');
const values = chartValues(await readFile(path.join(chartFolder, 'values.yaml'), 'utf8'));
await writeFile(readme, withTable(await readFile(readme, 'utf8'), valuesTable(values)));
