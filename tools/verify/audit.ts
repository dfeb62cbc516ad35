// What is known against the packages that are shipped. It asks a registry: without one it did not run, and says so.
import { spawn } from 'node:child_process';
import type { SuiteOutcome } from './outcome.ts';
import { root } from './suites.ts';

const WITHIN_MS = 60_000;

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly via: readonly unknown[] }>>;
  readonly auditReportVersion?: number;
}

const printed = (): Promise<string> =>
  new Promise((resolve) => {
    const child = spawn('npm', ['audit', '--omit=dev', '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: WITHIN_MS,
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
    });
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(text));
  });

/** The outcome of what `npm audit --json` printed: red from `high` on, skipped when it is no report. */
export const auditOutcome = (text: string): Omit<SuiteOutcome, 'name' | 'durationMs'> => {
  const report = reportIn(text);
  if (report?.auditReportVersion === undefined) {
    const reason = 'not run: the registry did not answer `npm audit`';
    return { passed: 0, failed: 0, skips: [{ test: 'known vulnerabilities', reason }], words: '' };
  }
  const grave = Object.entries(report.vulnerabilities ?? {}).filter(([, { severity }]) =>
    ['high', 'critical'].includes(severity),
  );
  const words = grave.map(([name, { severity }]) => `${name}: ${severity}; npm audit says what it is`).join('\n');
  return { passed: grave.length === 0 ? 1 : 0, failed: grave.length, skips: [], words };
};

const reportIn = (text: string): Report | undefined => {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return undefined; // npm prints its own words when it cannot ask
  }
};

export const runAudit = async (): Promise<SuiteOutcome> => {
  const startedAt = performance.now();
  const outcome = auditOutcome(await printed());
  return { name: 'dependency audit', durationMs: performance.now() - startedAt, ...outcome };
};
