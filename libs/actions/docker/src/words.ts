/** The words of a command as a shell would part them: quotes group, a backslash takes the next character as it is. */
export const words = (command: string | readonly string[]): string[] => {
  if (typeof command !== 'string') return [...command];
  const parts = command.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return parts.map((part) =>
    part.replaceAll(/\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, escaped, double, single) =>
      escaped !== undefined ? escaped : double !== undefined ? double.replaceAll(/\\(["\\$`])/g, '$1') : (single ?? ''),
    ),
  );
};
