import type { CodeText } from './code-text.ts';

/** What the command line finds about the files a flow names. */
export const tm6Cli = {
  TM6101: {
    title: 'an env file outside the project',
    explanation:
      'Files that a flow names must lie inside the project, which begins at the folder that holds `.git`: a flow must not read what its repository does not hold.',
    example: { wrong: 'env_file: ../../secrets.env', right: 'env_file: demo.env' },
  },
  TM6102: {
    title: 'an env file that cannot be read',
    explanation:
      'The path of `env_file` is relative to the flow file. Nothing runs without it: its variables would be missing.',
    example: { wrong: 'env_file: demo.evn', right: 'env_file: demo.env' },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
