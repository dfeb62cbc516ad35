import { CODES, explain } from '@testmesh/flow/codes';
import { CommandEnd } from '../exit-code.ts';

/** Prints what a code means, with a wrong and a right example; without a code, the list of all. */
export const explainCode = (code: string | undefined): void => {
  if (code === undefined) {
    for (const [name, { title }] of Object.entries(CODES)) process.stdout.write(`${name}  ${title}\n`);
    return;
  }
  const found = explain(code.toUpperCase());
  if (found === undefined)
    throw new CommandEnd('usage', `${code} is no code of testmesh; \`testmesh explain\` lists them`);
  const { title, explanation, example } = found;
  process.stdout.write(
    `${code.toUpperCase()}  ${title}\n\n${explanation}\n\nWrong:\n${indented(example.wrong)}\n\nRight:\n${indented(example.right)}\n`,
  );
};

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : `  ${line}`))
    .join('\n');
