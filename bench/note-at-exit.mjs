// Loaded before a measured script: writes the process's own peak memory (KiB) to the file it is told.
import { writeFileSync } from 'node:fs';

process.on('exit', () => writeFileSync(process.env['TESTMESH_BENCH_NOTES'], String(process.resourceUsage().maxRSS)));
