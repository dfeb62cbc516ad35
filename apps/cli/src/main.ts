#!/usr/bin/env -S node --
// `--`: Node would take our `--env-file` for its own, wherever it stands.
// The smallest possible start: switch the compile cache on, then load the program, so that a second start skips compiling.
import { enableCompileCache } from 'node:module';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`testmesh needs Node 24 or newer; this is ${process.version}\n`);
  process.exit(2);
}
enableCompileCache();
const { main } = await import('./program.ts');
await main(process.argv);
