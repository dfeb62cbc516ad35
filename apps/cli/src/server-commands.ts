import { type Command, InvalidArgumentError, Option } from 'commander';

// Commands that talk to a server: `--api`, or the server of the last login.

const onServer = (command: Command): Command =>
  command.option('--api <url>', 'the server (default: that of the last testmesh login)');

/** How urgent runs are on a server. */
export const priority = (value: string): number => {
  const number = Number(value);
  if (!/^[+-]?\d+$/.test(value) || Math.abs(number) > 100) {
    throw new InvalidArgumentError('a whole number from -100 to 100 is needed.');
  }
  return number;
};

const listing = (command: Command): Command => onServer(command).option('--json', 'print what the server answered');

const addLogin = (program: Command): void => {
  program
    .command('login')
    .description('keep an API key for a server; it is read from TESTMESH_API_KEY, a pipe or the terminal')
    .requiredOption('--api <url>', 'the server')
    .option('--user <email>', 'log in as a person: the password is read from TESTMESH_PASSWORD, a pipe or the terminal')
    .option('--workspace <id>', 'the workspace the key opens, for who belongs to several')
    .action(async (options) => (await import('./commands/login.ts')).login(options));
  onServer(program.command('logout'))
    .description('forget the key of a server')
    .action(async (options) => (await import('./commands/login.ts')).logout(options));
};

const addEnvironments = (program: Command): void => {
  const env = program.command('env').description("a server's environments");
  const load = () => import('./commands/env.ts');
  listing(env.command('list'))
    .description('list them')
    .action(async (options) => (await load()).listEnvironments(options));
  listing(env.command('show'))
    .description('print one as a file holds it, secrets masked')
    .argument('<name>', 'name or id')
    .action(async (name, options) => (await load()).showEnvironment(name, options));
  onServer(env.command('push'))
    .description('make or change environments from files; a secret that stands masked stays as it was')
    .argument('<files...>', 'environments/NAME.yaml')
    .action(async (files, options) => (await load()).pushEnvironments(files, options));
  onServer(env.command('delete'))
    .description('delete one')
    .argument('<name>', 'name or id')
    .action(async (name, options) => (await load()).deleteEnvironment(name, options));
};

const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];

const minutes = (value: string): number => {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('minutes are a whole number from 1 on.');
  return number;
};

const addTestEnvironments = (program: Command): void => {
  const testenv = program.command('testenv').description("a server's test environments");
  const load = () => import('./commands/testenv.ts');
  const waiting = (command: Command): Command => command.option('--timeout <duration>', 'how long to wait', '15m');
  const one = (name: string, description: string): Command =>
    onServer(testenv.command(name)).description(description).argument('<environment>', 'context or id');
  listing(testenv.command('list'))
    .description('list them with their state')
    .option('--context <text>', 'only those of this context')
    .option('--all', 'destroyed ones too, which are shown for a day')
    .action(async (options) => (await load()).listTestEnvironments(options));
  waiting(listing(testenv.command('create')))
    .description('ask for one; prints its id')
    .option('--file <file>', 'the request as YAML or JSON; options lie over it')
    .option('--context <text>', 'what runs ask for: pr-123')
    .option('--name <text>', 'what people call it (default: the context)')
    .option('--namespace <name>', 'the namespace it consists of')
    .option('--app <name>', 'the Application that deploys it')
    .option('--provider <name>', 'what deploys it (default: argocd)')
    .option('--cluster <name>', 'where (default: default)')
    .option('--ttl <minutes>', 'destroyed when no run used it for so long (default: 120)', minutes)
    .option('--route <service=url>', 'where a service is reached; repeatable', collect)
    .option('--header <name=value>', 'sent with each HTTP request of a run; repeatable', collect)
    .option('--wait', 'until it is ready')
    .action(async (options) => (await load()).createTestEnvironment(options));
  waiting(one('wait', 'wait until it is ready')).action(async (wanted, options) =>
    (await load()).waitForTestEnvironment(wanted, options),
  );
  waiting(one('destroy', 'destroy it, once the run that uses it has ended'))
    .option('--force', 'take it from the run that uses it')
    .option('--wait', 'until nothing of it is left')
    .action(async (wanted, options) => (await load()).destroyTestEnvironment(wanted, options));
  one('logs', 'what happened to it')
    .option('--follow', 'and what happens')
    .option('--json', 'an event a line, as the server keeps it')
    .action(async (wanted, options) => (await load()).testEnvironmentLogs(wanted, options));
};

const addFlows = (program: Command): void => {
  const flow = program.command('flow').description('the flows that a server keeps');
  const load = () => import('./commands/flow.ts');
  listing(flow.command('list'))
    .description('list them')
    .action(async (options) => (await load()).listFlows(options));
  onServer(flow.command('push'))
    .description('keep flows on the server with the files they name')
    .argument('[paths...]', 'files, folders or globs', ['.'])
    .option('--message <text>', 'what changed')
    .action(async (paths, options) => (await load()).pushFlows(paths, options));
  onServer(flow.command('pull'))
    .description('write flows of the server to their paths here')
    .argument('[flows...]', 'ids, paths or names; all of them when absent')
    .option('--into <folder>', 'where the paths begin', '.')
    .option('--force', 'replace files that differ')
    .action(async (names, options) => (await load()).pullFlows(names, options));
};

const addSchedules = (program: Command): void => {
  const schedule = program.command('schedule').description("a server's schedules");
  const load = () => import('./commands/schedule.ts');
  listing(schedule.command('list'))
    .description('list them with their next and last run')
    .action(async (options) => (await load()).listSchedules(options));
  onServer(schedule.command('create'))
    .description('run a flow of the server at the times of a cron expression')
    .argument('<flow>', 'id, path or name')
    .addOption(new Option('--cron <expression>', '5 or 6 fields, or @hourly, @daily …').makeOptionMandatory())
    .option('--timezone <name>', 'IANA name of a time zone', 'UTC')
    .option('--env <name>', 'an environment of the server')
    .option('--name <text>', 'what the schedule is called')
    .option('--pool <name>', 'have executors, or a site agent, of this pool carry its runs out')
    .option('--priority <n>', 'before runs of the pool that have less, -100 to 100', priority)
    .action(async (flow, options) => (await load()).createSchedule(flow, options));
  const one = (name: string, description: string): Command =>
    onServer(schedule.command(name)).description(description).argument('<schedule>', 'id or name');
  one('pause', 'fire no more until it is resumed').action(async (wanted, options) =>
    (await load()).pauseSchedule(wanted, options),
  );
  one('resume', 'let it fire again').action(async (wanted, options) => (await load()).resumeSchedule(wanted, options));
  one('trigger', 'run it once now').action(async (wanted, options) => (await load()).triggerSchedule(wanted, options));
  one('delete', 'delete it').action(async (wanted, options) => (await load()).deleteSchedule(wanted, options));
  one('history', 'when it fired and what came of it')
    .option('--json', 'print what the server answered')
    .action(async (wanted, options) => (await load()).scheduleHistory(wanted, options));
};

const addAgents = (program: Command): void => {
  const agent = program.command('agent').description('runners in networks of their own, which take runs of a server');
  const load = () => import('./commands/agent.ts');
  listing(agent.command('list'))
    .description('list them with when they came last')
    .action(async (options) => (await load()).listAgents(options));
  onServer(agent.command('create'))
    .description('make one and print its token, this once')
    .argument('<name>', 'small letters, digits and dashes')
    .option('--pools <pools>', 'pools whose runs it may take, comma separated (default: its name)')
    .action(async (name, options) => (await load()).createAgent(name, options));
  onServer(agent.command('rotate'))
    .description('print a new token; the one before goes on for a while')
    .argument('<agent>', 'name or id')
    .option('--overlap <duration>', 'for so long the token before goes on', '1h')
    .action(async (wanted, options) => (await load()).rotateAgent(wanted, options));
  onServer(agent.command('revoke'))
    .description('shut one out at once; its runs go on elsewhere')
    .argument('<agent>', 'name or id')
    .action(async (wanted, options) => (await load()).revokeAgent(wanted, options));
};

const addViews = (program: Command): void => {
  const views = program.command('views').description('what lists and pages of a server are read from');
  const load = () => import('./commands/views.ts');
  listing(views.command('show'))
    .description('say which set is shown, and how the last rebuild stands')
    .action(async (options) => (await load()).showViews(options));
  onServer(views.command('rebuild'))
    .description('fold all of them anew from the journal while the server serves, and wait until they are shown')
    .option('--resume', 'go along with one that is under way')
    .action(async (options) => (await load()).rebuildViews(options));
  onServer(views.command('cancel'))
    .description('give a rebuild up; what is shown stays')
    .action(async (options) => (await load()).cancelRebuild(options));
};

export const addServerCommands = (program: Command): void => {
  addLogin(program);
  addEnvironments(program);
  addTestEnvironments(program);
  addFlows(program);
  addSchedules(program);
  addAgents(program);
  addViews(program);
};
