import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { textOf } from '@testmesh/testing/checkers';
import { runChaos } from '../../tools/chaos/chaos.ts';
import { describeWith } from '../../tools/testing/real.ts';

// A minute of what `npm run chaos` does for an hour. It starts servers of its own, to kill them: those of the other suites
// only say that they can be had.

const FAULTY_MS = 60_000;

describeWith('postgres', 'the platform as processes', () => {
  describeWith('kafka', 'with events', () => {
    describeWith('redis', 'while things go wrong', () => {
      test('no run is lost, none ends twice, none acts twice, and what is shown is what happened', async () => {
        const folder = await mkdtemp(path.join(os.tmpdir(), 'testmesh-chaos-'));
        const report = await runChaos({
          forMs: FAULTY_MS,
          seed: 'npm test',
          rate: 1,
          faultEveryMs: [1500, 5000],
          leaseMs: 5000,
          contestants: 24,
          folder,
          say: (line) => process.stderr.write(`${line}\n`),
        });
        // The folder stands here so that whoever sees this fail finds the histories.
        expect({ folder, violations: report.violations.map(textOf) }).toEqual({ folder, violations: [] });
        expect(Object.keys(report.faults).length).toBeGreaterThan(5);
        expect(report.runs).toBeGreaterThan(60);
        await rm(folder, { recursive: true });
      }, 600_000);
    });
  });
});
