// Parses every line of a file as JSON. Prints the milliseconds, reading included.
import { readFileSync } from 'node:fs';

const started = performance.now();
let count = 0;
for (const line of readFileSync(process.argv[2] ?? '', 'utf8').split('\n')) {
  if (line === '') continue;
  JSON.parse(line);
  count += 1;
}
if (count === 0) throw new Error('no line');
console.log(performance.now() - started);
