import type { CodeText } from './code-text.ts';

/** Env files: NAME=value lines. */
export const tm6EnvFile = {
  TM6501: {
    title: 'a line that is no assignment',
    explanation: 'A line of an env file is NAME=value, with `export ` before it or not, a comment, or empty.',
    example: { wrong: 'API_URL: http://localhost', right: 'API_URL=http://localhost' },
  },
  TM6502: {
    title: 'a quote that is never closed',
    explanation: 'A quoted value may go over several lines, up to the next quote of its kind.',
    example: { wrong: "GREETING='hello", right: "GREETING='hello'" },
  },
  TM6503: {
    title: 'text after a closing quote',
    explanation: 'Only a comment may follow a quoted value.',
    example: { wrong: "GREETING='hello' world", right: "GREETING='hello world' # a greeting" },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
