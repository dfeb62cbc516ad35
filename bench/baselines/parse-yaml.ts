// Parses every file given with the yaml package alone. Prints the milliseconds of the parsing.
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';

const texts = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
const started = performance.now();
for (const text of texts) {
  if (parseDocument(text).errors.length > 0) throw new Error('not YAML');
}
console.log(performance.now() - started);
