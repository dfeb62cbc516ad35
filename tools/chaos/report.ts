import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringifyJson, type Value } from '@testmesh/domain';
import { type Recovery, type Streams, textOf } from '@testmesh/testing/checkers';
import type { ChaosReport, Percentiles } from './vocabulary.ts';

export const percentiles = (found: readonly Recovery[]): Percentiles => {
  const sorted = found.flatMap(({ ms }) => ms ?? []).sort((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) };
};

export const countBy = (names: Iterable<string>): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([one], [other]) => one.localeCompare(other)));
};

const listed = (counts: Readonly<Record<string, number | string>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

/** The report as people read it. */
export const reportText = (report: ChaosReport, folder: string): string => {
  const { recovery, violations, skipped, faults } = report;
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const lines = [
    `seed ${report.seed}, ${report.faultySeconds} s of faults, all runs ended ${report.settledSeconds} s after the last`,
    `${report.runs} runs (${listed(report.runsByKind)})`,
    `verdicts: ${listed(report.verdicts)}`,
    `${report.events} events, ${report.effects} requests at the witness, ${report.streamsFollowed} runs followed live,`,
    `  ${report.suites} suite runs, ${report.slots} slots, ${report.published} messages on the bus`,
    `${injected} faults:`,
    ...Object.entries(faults).map(([kind, count]) => `  ${String(count).padStart(4)} ${kind}`),
    `${report.answersLost} answers lost after they were given, ${report.connectionsCut} connections cut`,
    `${report.takeOvers} take-overs, ${report.handOvers} hand-overs, ${report.parked} times a run was parked,`,
    `  ${report.unknownOutcomes} steps whose outcome nobody knows`,
    `recovery of ${recovery.count} runs: p50 ${recovery.p50} ms, p99 ${recovery.p99} ms, at most ${recovery.most} ms ` +
      `(${report.recoveryLimitMs} ms may be)`,
    `shares of two workspaces: ${listed(report.shares)}`,
    ...Object.entries(skipped).map(([what, why]) => `SKIPPED ${what}: ${why}`),
    violations.length === 0 ? 'no violations' : `${violations.length} VIOLATIONS`,
    ...violations.slice(0, 50).map((violation) => `  ${textOf(violation)}`),
  ];
  if (violations.length > 0) {
    lines.push(
      `look at ${folder}: <stream>.jsonl are the histories, services.log is what every process said`,
      `the same faults again: npm run chaos -- --seed ${report.seed} --minutes ${(report.faultySeconds / 60).toFixed(0)}`,
    );
  }
  return lines.join('\n');
};

/** Leaves the report, and of a run that went wrong its history and what every process said. */
export const leaveReport = async (
  report: ChaosReport,
  folder: string,
  { streams, lines }: { readonly streams: Streams; readonly lines: readonly string[] },
): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(path.join(folder, 'report.txt'), `${reportText(report, folder)}\n`);
  if (report.violations.length === 0) return;
  await writeFile(path.join(folder, 'services.log'), `${lines.join('\n')}\n`);
  for (const stream of new Set(report.violations.flatMap((violation) => violation.stream ?? []))) {
    const history = (streams.get(stream) ?? []).map((event) => stringifyJson(event as unknown as Value));
    await writeFile(path.join(folder, `${stream}.jsonl`), `${history.join('\n')}\n`);
  }
};
