import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandEnd, exitCode } from './exit-code.ts';
import { addServerCommands, priority } from './server-commands.ts';
import { version } from './version.ts';

// Commands are loaded when they are called, so `testmesh run` pays for nothing of `testmesh schema`.

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];

const wholeNumber = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1 up is needed.');
  return number;
};

const colourOption = (): Option =>
  new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto');

const withContext = (command: Command): Command =>
  command
    .option('--env <name>', 'use environments/NAME.yaml, sought from the flow upwards')
    .option('--env-file <file>', 'read variables from a dotenv file', collect)
    .option('--var <name=value>', 'set a variable; text that is a JSON number or boolean becomes one', collect)
    .option('--tags <tags>', 'only flows with one of these tags, comma separated', collect)
    .addOption(colourOption());

const reserved = (command: Command): Command =>
  command
    .addOption(new Option('--api <url>', 'reserved').hideHelp())
    .addOption(new Option('--json', 'reserved: use --reporter json').hideHelp());

const addRun = (program: Command): void => {
  withContext(program.command('run'))
    .description('run flows')
    .argument('[paths...]', 'files, folders or globs', ['.'])
    .option('--api <url>', 'run on this server, with its environments; the key is TESTMESH_API_KEY')
    .addOption(new Option('--json', 'reserved: use --reporter json').hideHelp())
    .option('--confirm <environment>', 'name a protected environment once more to run in it')
    .option('--detach', 'with --api: print the ids of the runs and do not wait for them')
    .option('--parallel <n>', 'flows at once (default: 4 per core, up to 16)', wholeNumber)
    .option('--fail-fast', 'start no further flow after the first that did not pass')
    .option('--test-env <context>', 'run in this test environment of the server (with --api)')
    .option('--pool <name>', 'have executors, or a site agent, of this pool carry it out (with --api)')
    .option('--priority <n>', 'before runs of the pool that have less, -100 to 100 (with --api)', priority)
    .option('--seed <text>', 'repeat the random values of an earlier run')
    .option('--timeout <duration>', 'give up on everything after this long, teardown excepted')
    .option('--reporter <name[=file]>', 'pretty, lines, json, junit, html, github or tap; repeatable', collect)
    .addOption(
      new Option('--progress <kind>', 'live progress').choices(['auto', 'bar', 'lines', 'none']).default('auto'),
    )
    .option('--data <folder>', 'where runs are kept', '.testmesh')
    .addHelpText('after', EXIT_CODES)
    .action(async (paths, options) => {
      if (options.detach === true) return (await import('./commands/detach.ts')).detach(paths, options);
      return (await import('./commands/run.ts')).run(paths, options);
    });
};

const addReading = (program: Command): void => {
  reserved(withContext(program.command('validate')))
    .description('check flows without sending anything')
    .argument('[paths...]', 'files, folders or globs', ['.'])
    .action(async (paths, options) => (await import('./commands/validate.ts')).validate(paths, options));
  program
    .command('list')
    .description('list flows with their tags and steps')
    .argument('[paths...]', 'files, folders or globs', ['.'])
    .option('--tags <tags>', 'only flows with one of these tags, comma separated', collect)
    .action(async (paths, options) => (await import('./commands/list.ts')).list(paths, options));
  program
    .command('show')
    .description('print the report of an earlier run from its journal')
    .argument('[run]', 'run id or its beginning; the latest when absent')
    .addOption(
      new Option('--reporter <name>', 'form of the report')
        .choices(['pretty', 'lines', 'json', 'junit', 'html', 'github', 'tap'])
        .default('pretty'),
    )
    .option('--data <folder>', 'where runs are kept', '.testmesh')
    .option('--api <url>', 'a run of this server, by its whole id')
    .addOption(colourOption())
    .action(async (run, options) => (await import('./commands/show.ts')).show(run, options));
  program
    .command('audit')
    .description('follow the chain of a run of a server, fold it anew and compare it with what people see')
    .argument('[run]', 'run id')
    .option('--all', 'every run of the workspace, and the chains of its configuration, schedules and test environments')
    .option('--api <url>', 'the server (default: that of the last testmesh login)')
    .action(async (run, options) => (await import('./commands/audit.ts')).audit(run, options));
};

const port = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65_535)
    throw new InvalidArgumentError('a port is 0 to 65535.');
  return number;
};

const addServing = (program: Command): void => {
  program
    .command('up')
    .description('serve the whole platform from this machine')
    .option(
      '--data <folder>',
      'where everything is kept (default: /var/lib/testmesh as root, else ~/.local/share/testmesh)',
    )
    .option('--port <n>', 'port of the API', port, 5016)
    .option('--host <address>', 'address to listen on; any but loopback asks for API keys', '127.0.0.1')
    .option('--slots <n>', 'runs at once', wholeNumber, 8)
    .action(async (options) => (await import('./commands/up.ts')).up(options));
};

const addKnowledge = (program: Command): void => {
  program
    .command('explain')
    .description('explain a code such as TM1203, or an action such as http_request')
    .argument('[code]', 'the code or the action; all codes when absent')
    .action(async (code) => (await import('./commands/explain.ts')).explainCode(code));
  program
    .command('schema')
    .description('print the JSON Schema of flow files, or of the JSON report')
    .addOption(new Option('--draft <draft>', 'dialect').choices(['2020-12', 'draft-07']).default('2020-12'))
    .option('--report', 'the schema of `--reporter json` instead')
    .action(async (options) => (await import('./commands/schema.ts')).schema(options));
  program
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell) => (await import('./commands/completion.ts')).completion(shell, program));
};

const EXIT_CODES = `
Exit codes:
  0 passed                       5 nothing matched the selection
  1 a flow failed                6 Docker or a broker could not be had, nothing was asserted
  2 usage or configuration       7 --timeout, or cancelled from outside
  3 a flow file is invalid       70 a defect of testmesh
  4 not authenticated            130, 143 signals, after teardown`;

/** The whole command line. */
const program = (): Command => {
  const root = new Command('testmesh')
    .description('Proves that backend services work together.')
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addRun(root);
  addReading(root);
  addServing(root);
  addServerCommands(root);
  addKnowledge(root);
  throwInsteadOfExit(root);
  // Commander takes nearly any two words for slips of one another.
  root.showSuggestionAfterError(false);
  return root;
};

const throwInsteadOfExit = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(throwInsteadOfExit);
};

/** Runs the command line and sets the exit code; every fault ends here. */
export const main = async (argv: readonly string[]): Promise<void> => {
  // Also what no promise of ours leads to: a driver's own timer or socket.
  process.on('uncaughtException', (error) => process.exit(endOf(error)));
  // Whoever reads us may stop reading (`| head`): the run and its teardown go on, unheard.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const root = program();
  try {
    await root.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.unknownCommand') await suggestCommand(error, root);
    process.exitCode = endOf(error);
  }
};

const suggestCommand = async ({ message }: CommanderError, { commands }: Command): Promise<void> => {
  const { didYouMean } = await import('@testmesh/flow');
  const [, word = ''] = /'(.*)'/s.exec(message) ?? [];
  const { suggestion = 'testmesh --help lists the commands' } = didYouMean(
    word,
    commands.map((command) => command.name()),
  );
  process.stderr.write(`${suggestion}\n`);
};

const ignoreClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
};

const endOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCode('usage');
  if (error instanceof CommandEnd) {
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    return exitCode(error.reason);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`testmesh met a defect of its own, please report it:\n${text}\n`);
  return exitCode('internal');
};
