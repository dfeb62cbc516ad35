import { styleText } from 'node:util';

type Paint = (text: string) => string;

/** How a report marks things up: colours and signs for one output stream. */
export interface Style {
  readonly colour: boolean;
  readonly width: number;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly signs: {
    readonly passed: string;
    readonly failed: string;
    readonly error: string;
    readonly skipped: string;
  };
}

const plain: Paint = (text) => text;
const paint =
  (format: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    text === '' ? '' : styleText(format, text, { validateStream: false });

export const styleOf = ({ colour, unicode, width }: { colour: boolean; unicode: boolean; width: number }): Style => ({
  colour,
  width,
  red: colour ? paint('red') : plain,
  green: colour ? paint('green') : plain,
  yellow: colour ? paint('yellow') : plain,
  cyan: colour ? paint('cyan') : plain,
  dim: colour ? paint('dim') : plain,
  bold: colour ? paint('bold') : plain,
  signs: unicode
    ? { passed: '✓', failed: '✗', error: '✗', skipped: '↷' }
    : { passed: 'ok', failed: 'FAIL', error: 'ERROR', skipped: 'skip' },
});

export type ColourChoice = 'auto' | 'always' | 'never';

/** Whether a stream is coloured: `--color` over FORCE_COLOR over NO_COLOR over TERM=dumb over the terminal check. */
export const wantsColour = (
  choice: ColourChoice,
  environment: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean => {
  if (choice !== 'auto') return choice === 'always';
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (environment['NO_COLOR']) return false;
  return environment['TERM'] !== 'dumb' && isTerminal;
};

/** Whether the terminal's character set has our signs. */
export const wantsUnicode = (environment: Readonly<Record<string, string | undefined>>): boolean => {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'];
  return locale === undefined || !/^(C|POSIX)$/.test(locale);
};
