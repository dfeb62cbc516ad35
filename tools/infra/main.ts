// npm run infra: the infrastructure of the tests for a developer's own use, until Ctrl-C.
import { parseArgs } from 'node:util';
import { startInfra } from './infra.ts';
import { givenEnvironment, testEnvironment } from './variables.ts';
import { type PieceName, pieceNames } from './vocabulary.ts';

const usage = `npm run infra -- [--need ${pieceNames.join(',')}] [--shell | --json]
  --need   pieces to bring up (postgres,kafka,redis)
  --shell  print the variables as export lines
  --json   print them as one JSON object`;

const isPieceName = (name: string): name is PieceName => pieceNames.some((known) => known === name);

const readNeed = (list: string): PieceName[] => {
  const names = list.split(',').filter(Boolean);
  const unknown = names.filter((name) => !isPieceName(name));
  if (unknown.length > 0)
    throw new Error(`--need: there is no ${unknown.join(', ')}; there is ${pieceNames.join(', ')}`);
  return names.filter(isPieceName);
};

const options = {
  need: { type: 'string', default: 'postgres,kafka,redis' },
  shell: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const quote = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;

const render = (variables: Record<string, string>, { json, shell }: { json: boolean; shell: boolean }): string => {
  if (json) return JSON.stringify(variables);
  const lead = shell ? 'export ' : '';
  return Object.entries(variables)
    .map(([name, value]) => `${lead}${name}=${quote(value)}`)
    .join('\n');
};

const tellPerson = (line: string) => process.stderr.write(`${line}\n`);

const stopAsked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const stopped = stopAsked();
  const infra = await startInfra({
    need: readNeed(values.need),
    onProgress: ({ piece, message }) => tellPerson(`${piece}: ${message}`),
  });
  for (const { name, reason, howToGet } of infra.unavailable)
    tellPerson(`${name}: not available: ${reason}\n  ${howToGet}`);
  console.log(render({ ...givenEnvironment(infra), ...testEnvironment(infra) }, values));
  tellPerson('Ctrl-C takes it down.');
  await stopped;
  tellPerson('taking it down');
  await infra.stop();
  return infra.unavailable.length > 0 ? 1 : 0;
};

process.exitCode = await main().catch((error: unknown) => {
  tellPerson(error instanceof Error ? error.message : String(error));
  return 2;
});
