import type { Command } from 'commander';
import { CommandEnd } from '../exit-code.ts';

interface Words {
  readonly command: string;
  readonly description: string;
  readonly options: readonly string[];
}

/** Prints a completion script made from the commands and options themselves. */
export const completion = (shell: string, program: Command): void => {
  const words = program.commands.map((command) => ({
    command: command.name(),
    description: command.description(),
    options: command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? ''),
  }));
  const script = SHELLS[shell];
  if (script === undefined) {
    throw new CommandEnd('usage', `no completion for ${shell}; there is ${Object.keys(SHELLS).join(', ')}`);
  }
  process.stdout.write(script(words));
};

const bash = (words: readonly Words[]): string => `_testmesh() {
  local current=\${COMP_WORDS[COMP_CWORD]} options
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${words.map(({ command }) => command).join(' ')}" -- "$current")); return
  fi
  case \${COMP_WORDS[1]} in
${words.map(({ command, options }) => `    ${command}) options="${options.join(' ')}" ;;`).join('\n')}
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _testmesh testmesh
`;

const zsh = (words: readonly Words[]): string => `#compdef testmesh
_testmesh() {
  local -a commands
  commands=(
${words.map(({ command, description }) => `    '${command}:${description.replaceAll("'", "'\\''")}'`).join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  case $words[2] in
${words.map(({ command, options }) => `    ${command}) _arguments '*:file:_files' ${options.map((option) => `'${option}'`).join(' ')} ;;`).join('\n')}
  esac
}
compdef _testmesh testmesh
`;

const fish = (words: readonly Words[]): string =>
  words
    .flatMap(({ command, description, options }) => [
      `complete -c testmesh -n __fish_use_subcommand -a ${command} -d '${description.replaceAll("'", "\\'")}'`,
      ...options.map(
        (option) => `complete -c testmesh -n '__fish_seen_subcommand_from ${command}' -l ${option.replace(/^--/, '')}`,
      ),
    ])
    .join('\n')
    .concat('\n');

const SHELLS: Readonly<Record<string, (words: readonly Words[]) => string>> = { bash, zsh, fish };
