import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { htmlText, jsonText, junitText, type SuiteResult } from '@testmesh/views';
import { CommandEnd } from '../exit-code.ts';
import type { Style } from '../terminal/style.ts';
import { flowLine, githubText, tapText, totalLine } from './line-reports.ts';
import { prettyReporter } from './pretty-reporter.ts';
import type { Reporter, Write } from './reporter.ts';

const REPORTERS = ['pretty', 'lines', 'json', 'junit', 'html', 'github', 'tap'] as const;
export type ReporterName = (typeof REPORTERS)[number];

export interface ReporterChoice {
  readonly name: ReporterName;
  /** Where it goes; stdout when absent. */
  readonly file?: string;
}

/** Each is one whole that a program reads. */
const DOCUMENTS: ReadonlySet<ReporterName> = new Set(['json', 'junit', 'html', 'tap']);

/** Whether a report shows results and exchanges also of steps that passed. */
export const isDetailed = (name: ReporterName): boolean => name === 'json' || name === 'html';

/** Reads `--reporter NAME[=FILE]`; whatever goes to stdout must make one readable whole. */
export const chooseReporters = (given: readonly string[], isGitHub: boolean): readonly ReporterChoice[] => {
  const chosen = given.map(reporterChoice);
  const toStdout = chosen.filter(({ file }) => file === undefined);
  const documents = toStdout.filter(({ name }) => DOCUMENTS.has(name));
  if (documents.length > 0 && toStdout.length > 1) {
    throw new CommandEnd(
      'usage',
      `${documents[0]?.name} on stdout must be the only thing there; send one of the reports to a file: --reporter ${documents[0]?.name}=FILE`,
    );
  }
  const standard: readonly ReporterChoice[] = toStdout.length === 0 ? [{ name: 'pretty' }] : [];
  const github: readonly ReporterChoice[] =
    isGitHub && documents.length === 0 && !chosen.some(({ name }) => name === 'github') ? [{ name: 'github' }] : [];
  return [...standard, ...chosen, ...github];
};

const reporterChoice = (text: string): ReporterChoice => {
  const [given = '', ...rest] = text.split('=');
  const name = REPORTERS.find((reporter) => reporter === given);
  if (name === undefined)
    throw new CommandEnd('usage', `there is no reporter ${given}; there is ${REPORTERS.join(', ')}`);
  const file = rest.join('=');
  if (rest.length > 0 && file === '') throw new CommandEnd('usage', `--reporter ${name}= names no file`);
  return file === '' ? { name } : { name, file };
};

export interface ReporterSurroundings {
  readonly stdout: Write;
  readonly style: Style;
  /** For reports in files. */
  readonly plain: Style;
  readonly flowCount: number;
}

/** A reporter ready to be told what happens. */
export const openReporter = ({ name, file }: ReporterChoice, around: ReporterSurroundings): Reporter => {
  if (file === undefined) return reporterOf(name, around.stdout, around.style, around.flowCount);
  const pieces: string[] = [];
  const inner = reporterOf(name, (text) => pieces.push(text), around.plain, around.flowCount);
  return {
    ...inner,
    suiteEnded: (result) => {
      inner.suiteEnded?.(result);
      writeReport(file, pieces.join(''));
    },
  };
};

const writeReport = (file: string, text: string): void => {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new CommandEnd('usage', `the report ${file} cannot be written: ${(error as Error).message}`);
  }
};

const reporterOf = (name: ReporterName, write: Write, style: Style, flowCount: number): Reporter => {
  if (name === 'pretty') return prettyReporter(write, style, flowCount);
  if (name === 'lines') {
    return { flowEnded: (flow) => write(flowLine(flow)), suiteEnded: (result) => write(totalLine(result)) };
  }
  const text: Record<Exclude<ReporterName, 'pretty' | 'lines'>, (result: SuiteResult) => string> = {
    json: jsonText,
    junit: junitText,
    html: htmlText,
    github: githubText,
    tap: tapText,
  };
  return { isDetailed: isDetailed(name), suiteEnded: (result) => write(text[name](result)) };
};
