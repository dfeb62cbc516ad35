// Bundles the site agent into dist/: what its image and its unit run.
import { fileURLToPath } from 'node:url';
import { bundle } from '../../tools/bundling.mjs';

await bundle(fileURLToPath(new URL('.', import.meta.url)), { entryPoints: { 'testmesh-agent': 'src/main.ts' } });
