import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundled } from '../bundle.ts';
import { median, paired, runNode } from '../measure.ts';
import { cli, httpFlow, loopFlow, scratch, startService, writeFiles } from '../workload.ts';
import { ms, type Row } from './row.ts';

const RUNS = 5;

const memory: Row = {
  what: 'peak memory of a run of 1,000 and of 10,000 steps (a for_each over a range: written out they are over 1 MiB)',
  against: '—',
  unit: 'MB',
  target: 150,
  measure: async () => {
    using service = await startService();
    const peak = async (steps: number): Promise<number> => {
      using folder = scratch();
      writeFiles(folder.path, { 'long.yaml': loopFlow(service.url, steps) });
      const peaks: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const { maxRssMb } = await runNode([cli, 'run', 'long.yaml'], { cwd: folder.path, measureMemory: true });
        peaks.push(maxRssMb);
      }
      return median(peaks);
    };
    const small = await peak(1000);
    const large = await peak(10_000);
    const growth = (((large - small) * 1024) / 9000).toFixed(1);
    return [
      { ours: `${Math.round(small)} MB, 1,000 steps`, baseline: '—', figure: small },
      {
        ours: `${Math.round(large)} MB, 10,000 steps`,
        baseline: '—',
        figure: large,
        note: `${growth} KiB per further step`,
      },
    ];
  },
};

const validate: Row = {
  what: 'validate 1,000 flows of 20 steps',
  against: 'the yaml package parsing the same texts',
  unit: '×',
  target: 3,
  measure: async () => {
    using folder = scratch();
    const script = await bundled('parse-yaml', folder.path);
    const names = Array.from({ length: 1000 }, (_, index) => `flow-${index}.yaml`);
    writeFiles(folder.path, Object.fromEntries(names.map((name) => [name, httpFlow('http://localhost:1', 20, name)])));
    const ours = async () => (await runNode([cli, 'validate', '.'], { cwd: folder.path })).wallMs;
    const baseline = async () => (await runNode([script, ...names], { cwd: folder.path })).wallMs;
    const pair = await paired(RUNS, ours, baseline);
    return [{ ours: ms(pair.ours), baseline: ms(pair.baseline), figure: pair.ratio }];
  },
};

const show: Row = {
  what: 're-render a 10,000-step run (the same loop) from its journal file',
  against: 'JSON.parse of its lines',
  unit: '×',
  target: 2,
  measure: async () => {
    using folder = scratch();
    using service = await startService();
    const script = await bundled('parse-lines', folder.path);
    writeFiles(folder.path, { 'long.yaml': loopFlow(service.url, 10_000) });
    await runNode([cli, 'run', 'long.yaml'], { cwd: folder.path });
    const runs = join(folder.path, '.testmesh/runs');
    const journal = join(runs, readdirSync(runs)[0] ?? '');
    const ours = async () => (await runNode([cli, 'show'], { cwd: folder.path })).wallMs;
    const baseline = async () => (await runNode([script, journal], { cwd: folder.path })).wallMs;
    const pair = await paired(RUNS, ours, baseline);
    return [{ ours: ms(pair.ours), baseline: ms(pair.baseline), figure: pair.ratio }];
  },
};

export const fileRows: readonly Row[] = [memory, validate, show];
