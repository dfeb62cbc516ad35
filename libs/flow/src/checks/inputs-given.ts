import type { Flow } from '../model/flow.ts';
import type { Findings } from '../source/findings.ts';
import type { CheckOptions, Names } from './names.ts';

/** A required input that nothing gives would end the run at its start. */
export const checkInputsGiven = (
  { inputs }: Flow,
  { definitions }: Names,
  { variables, missingInput }: CheckOptions,
  findings: Findings,
): void => {
  if (missingInput === undefined) return;
  for (const { name, required, span, description } of inputs) {
    if (!required || variables.has(name) || definitions.has(name)) continue;
    const about = description === undefined ? '' : ` (${description})`;
    findings[missingInput]('TM2022', span, `nothing gives the required input \`${name}\`${about}`, {
      help: `give it with --var ${name}=…, in an env file or in the environment, or give it a \`default\``,
    });
  }
};
