import type { CodeText } from './code-text.ts';

/** Codes of actions that plugins bring, where the plugin itself is to blame. */
export const tm4Plugin = {
  TM4901: {
    title: 'an action of a plugin threw',
    explanation:
      'An action says what came out: completed, or not carried out and why. It threw instead; the message names the plugin, its version and what was thrown.',
    example: {
      wrong: 'run: async (config) => { throw new Error(`no job ${config.name}`); }',
      right: "run: async (config) => ({ kind: 'not-carried-out', code: 'NO_JOB', reason: `no job ${config.name}` })",
    },
  },
  TM4902: {
    title: 'an action of a plugin gave back something that is no outcome',
    explanation:
      'An outcome is `{kind: "completed", output: {…}}` with an output of plain JSON values, or `{kind: "not-carried-out", code, reason}`.',
    example: {
      wrong: 'run: async () => 42',
      right: "run: async () => ({ kind: 'completed', output: { answer: 42 } })",
    },
  },
  TM4903: {
    title: 'a plugin process does not answer as it should',
    explanation:
      'The process could not be reached, answered with an HTTP status of 400 or more, with something that is not the JSON of the protocol, or with more than 8 MiB.',
    example: { wrong: '<html>Internal Server Error</html>', right: '{"success": true, "output": {"answer": 42}}' },
  },
  TM4904: {
    title: 'a plugin process reports a failure without a code',
    explanation: 'A failure has a code that assertions can name (`error.code`), and a message for people.',
    example: {
      wrong: '{"success": false}',
      right: '{"success": false, "error": {"code": "NO_ROOM", "message": "the room is taken"}}',
    },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
