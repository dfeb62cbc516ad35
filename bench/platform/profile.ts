// Where the time of recorded steps goes: CPU per step of each process, and with a folder a .cpuprofile of the executor.
//   node bench/platform/profile.ts [RUNS [FOLDER]]
import { startService } from '../workload.ts';
import { cpuSeconds } from './cpu.ts';
import { startExecutor } from './processes.ts';
import { stepsPerSecond } from './rows/steps.ts';
import { freshDatabase, stopServer } from './world.ts';

const [, , runs = '20', folder] = process.argv;
const STEPS = 100;
const flags = folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'];
const groups = {
  executor: 'services/executor/src/main.ts',
  PostgreSQL: 'postgres: testmesh bench',
  service: 'bench/service.ts',
};
const spent = () => Object.fromEntries(Object.entries(groups).map(([name, word]) => [name, cpuSeconds(word)]));
{
  await using database = await freshDatabase();
  using service = await startService();
  await using _executor = await startExecutor(database, { TESTMESH_SLOTS: '16' }, flags);
  for (let round = 0; round < 4; round++) {
    const before = spent();
    const rate = await stepsPerSecond(database, service.url, { runs: Number(runs), steps: STEPS });
    const after = spent();
    const perStep = Object.keys(groups).map((name) => {
      const seconds = (after[name] ?? 0) - (before[name] ?? 0);
      return `${name} ${((seconds * 1000) / (Number(runs) * STEPS)).toFixed(3)} ms`;
    });
    console.log(`${Math.round(rate)} steps/s · CPU per step: ${perStep.join(', ')}`);
  }
}
await stopServer();
