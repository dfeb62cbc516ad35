// npm test: everything. npm run check (--quick): what needs no server, in under a minute.
import { type Infra, startInfra } from '../infra/infra.ts';
import { testEnvironment } from '../infra/variables.ts';
import { pieceNames } from '../infra/vocabulary.ts';
import { runAudit } from './audit.ts';
import { type SuiteOutcome, suiteLine, verdictOf } from './outcome.ts';
import { runJest, runTasks } from './suites.ts';

const checks = ['format-lint', 'types', 'types-pure', 'layers', 'dead-code'];
const isQuick = process.argv.includes('--quick');

const say = (line: string) => process.stderr.write(`${line}\n`);

const told = async (suite: Promise<SuiteOutcome>): Promise<SuiteOutcome> => {
  const outcome = await suite;
  say(suiteLine(outcome));
  if (outcome.words !== '') say(`${outcome.words}\n`);
  return outcome;
};

const staticChecks = () => {
  say(`checking ${checks.join(', ')}`);
  return told(runTasks('static checks', checks));
};

const unit = (env: NodeJS.ProcessEnv = {}) => told(runJest({ project: 'unit', workers: 2 }, env));

/** One commit is judged the same however often it is judged: the same cases, and no spec that needs another one to have been there. */
const judged = { TESTMESH_TEST_ALONE: '1', TESTMESH_TEST_SEED: '20261122' };

const withServers = async (infra: Infra): Promise<SuiteOutcome[]> => {
  for (const { name, reason, howToGet } of infra.unavailable) say(`${name} is not available: ${reason}\n  ${howToGet}`);
  const env = { ...testEnvironment(infra), ...judged };
  return [
    await told(runTasks('build', ['build'])),
    await told(runJest({ project: 'integration', workers: 3, filesAgain: 3 }, env)),
    // Both wait much of their time. Not more of these at once: their flows wait by the clock, as the guides print them.
    await told(runJest({ project: 'e2e', workers: 2, filesAgain: 3 }, env)),
  ];
};

const everything = async (): Promise<SuiteOutcome[]> => {
  const infra = startInfra({ need: pieceNames, onProgress: ({ piece, message }) => say(`${piece}: ${message}`) });
  const stopped = async () => (await infra).stop();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void stopped().finally(() => process.exit(130)));
  }
  try {
    return [await staticChecks(), await told(runAudit()), await unit(judged), ...(await withServers(await infra))];
  } finally {
    await stopped();
  }
};

const quick = async (): Promise<SuiteOutcome[]> => [await staticChecks(), await unit()];

const { lines, isGreen } = verdictOf(await (isQuick ? quick() : everything()));
console.log(`\n${lines.join('\n')}`);
process.exitCode = isGreen ? 0 : 1;
