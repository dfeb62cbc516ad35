import { EXIT } from './exit.ts';
import { healthProblem } from './health-file.ts';
import { readSettings, usage, WrongSettings } from './settings.ts';
import { version } from './version.ts';

// testmesh-agent: carries out runs inside a network that nobody reaches from outside. It listens nowhere.
// What a command needs is loaded with it: `health` is asked every few seconds, also of a machine that is busy.

const { env } = process;

const main = async ([command, ...flags]: readonly string[]): Promise<number> => {
  switch (command) {
    case 'run':
      return (await import('./run.ts')).run(readSettings(flags, env), env);
    case 'doctor':
      return (await (
        await import('./doctor.ts')
      ).doctor(readSettings(flags, env), (line) => process.stdout.write(`${line}\n`)))
        ? 0
        : 1;
    case 'health': {
      const { healthFile } = readSettings(flags, env);
      const problem =
        healthFile === undefined
          ? '--health-file is not set'
          : healthProblem(healthFile, performance.timeOrigin + performance.now());
      if (problem !== undefined) process.stderr.write(`${problem}\n`);
      return problem === undefined ? 0 : 1;
    }
    case '--version':
      process.stdout.write(`${version}\n`);
      return 0;
    case '--help':
      process.stdout.write(`${usage}\n`);
      return 0;
    default:
      throw new WrongSettings(`${command ?? 'nothing'} is no command\n\n${usage}`);
  }
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof WrongSettings)) throw error;
  process.stderr.write(`testmesh-agent: ${error.message}\n`);
  process.exitCode = EXIT.settings;
}
