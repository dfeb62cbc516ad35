import { join } from 'node:path';
import { bundled } from '../bundle.ts';
import { findHurl } from '../hurl.ts';
import { paired, runNode, runProcess } from '../measure.ts';
import { cli, httpFlow, hurlFile, scratch, startService, writeFiles } from '../workload.ts';
import { ms, type Result, type Row } from './row.ts';

const RUNS = 7;
const ratioOf = (pair: { ours: number; baseline: number; ratio: number }): Result => ({
  ours: ms(pair.ours),
  baseline: ms(pair.baseline),
  figure: pair.ratio,
});

const startUp: Row = {
  what: 'start-up to exit, 2-step HTTP flow',
  against: 'a bundled ten-line script making the same two undici requests',
  unit: '×',
  target: 1.3,
  measure: async () => {
    using folder = scratch();
    using service = await startService();
    const script = await bundled('two-requests', folder.path);
    writeFiles(folder.path, { 'two.yaml': httpFlow(service.url, 2) });
    const ours = async () => (await runNode([cli, 'run', 'two.yaml'], { cwd: folder.path })).wallMs;
    const baseline = async () => (await runNode([script, service.url], { cwd: folder.path })).wallMs;
    return [ratioOf(await paired(15, ours, baseline))];
  },
};

const perStep: Row = {
  what: 'a step of a 1,000-step HTTP flow, two assertions each, one connection',
  against: 'a bare undici Client loop with the same checks',
  unit: '×',
  target: 1.3,
  measure: async () => {
    using folder = scratch();
    using service = await startService();
    const script = await bundled('request-loop', folder.path);
    writeFiles(folder.path, { 'thousand.yaml': httpFlow(service.url, 1000) });
    const ours = async () => {
      const { stdout } = await runNode([cli, 'run', 'thousand.yaml', '--reporter', 'json'], { cwd: folder.path });
      return (JSON.parse(stdout) as { flows: [{ durationMs: number }] }).flows[0].durationMs;
    };
    const baseline = async () => Number((await runNode([script, service.url, '1000'], { cwd: folder.path })).stdout);
    const pair = await paired(RUNS, ours, baseline);
    return [{ ours: ms(pair.ours / 1000), baseline: ms(pair.baseline / 1000), figure: pair.ratio }];
  },
};

const NO_HURL: readonly Result[] = [
  { ours: '—', baseline: '—', figure: undefined, note: 'not run: Hurl 8.0.1 could not be built here' },
];

const againstHurl = (what: string, flows: number, steps: number, delayMs: number): Row => ({
  what,
  against: 'Hurl 8.0.1, built from its crate',
  unit: '×',
  target: 1.5,
  measure: async () => {
    const hurl = await findHurl();
    if (hurl === undefined) return NO_HURL;
    using folder = scratch();
    using service = await startService(delayMs);
    const names = Array.from({ length: flows }, (_, index) => `flow-${index}`);
    writeFiles(
      folder.path,
      Object.fromEntries(names.map((name) => [`${name}.yaml`, httpFlow(service.url, steps, name)])),
    );
    writeFiles(folder.path, Object.fromEntries(names.map((name) => [`${name}.hurl`, hurlFile(service.url, steps)])));
    const parallel = flows === 1 ? [] : ['--parallel', String(flows)];
    const ours = async () => (await runNode([cli, 'run', '.', ...parallel], { cwd: folder.path })).wallMs;
    const args = ['--test', '--jobs', String(flows), ...names.map((name) => join(folder.path, `${name}.hurl`))];
    const baseline = async () => (await runProcess(hurl, args)).wallMs;
    return [ratioOf(await paired(RUNS, ours, baseline))];
  },
});

export const httpRows: readonly Row[] = [
  startUp,
  perStep,
  againstHurl('the same 1,000-step flow, wall time', 1, 1000, 0),
  againstHurl('40 flows × 10 steps on a service that answers in 20 ms', 40, 10, 20),
];
