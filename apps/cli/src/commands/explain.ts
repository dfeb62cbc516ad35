import { didYouMean } from '@testmesh/flow';
import { CODES, explain } from '@testmesh/flow/codes';
import { CommandEnd } from '../exit-code.ts';
import { knownActions } from '../run/known-actions.ts';
import { actionText } from './action-text.ts';

/** Prints what a code means, with a wrong and a right example, or what an action takes; without either, the list of codes. */
export const explainCode = async (code: string | undefined): Promise<void> => {
  if (code === undefined) {
    for (const [name, { title }] of Object.entries(CODES)) process.stdout.write(`${name}  ${title}\n`);
    return;
  }
  const found = explain(code.toUpperCase());
  if (found === undefined) return explainAction(code);
  const { title, explanation, example } = found;
  process.stdout.write(
    `${code.toUpperCase()}  ${title}\n\n${explanation}\n\nWrong:\n${indented(example.wrong)}\n\nRight:\n${indented(example.right)}\n`,
  );
};

const explainAction = async (name: string): Promise<void> => {
  const { catalogue, plugins } = await knownActions(process.cwd());
  const schema = await catalogue.load(name);
  if (schema === undefined) {
    const { suggestion } = isCodeLike(name) ? nearestCode(name) : didYouMean(name, catalogue.names);
    const hint = suggestion ?? '`testmesh explain` lists the codes, docs/actions the actions';
    throw new CommandEnd('usage', `${name} is no code of testmesh and no action: ${hint}`);
  }
  const owner = plugins.find(({ actions }) => actions.includes(name))?.plugin;
  process.stdout.write(actionText(schema, owner));
};

const isCodeLike = (text: string): boolean => /^(?:tm)?[\s_-]?\d{2,5}$/i.test(text);

/** The code of the same family whose number is closest. */
const nearestCode = (text: string): { suggestion?: string } => {
  const wanted = Number(/\d+$/.exec(text)?.[0]);
  const distance = (code: string): number => Math.abs(Number(code.slice(2)) - wanted);
  const family = Object.keys(CODES).filter(
    (code) => Math.floor(Number(code.slice(2)) / 100) === Math.floor(wanted / 100),
  );
  const [nearest] = family.toSorted((a, b) => distance(a) - distance(b));
  return nearest === undefined ? {} : { suggestion: `did you mean \`${nearest}\`?` };
};

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');
