import type { Span } from '@testmesh/domain';
import { builtinNames } from '../expression/builtins.ts';
import type { Flow, Output, ParallelStep, Step } from '../model/flow.ts';
import { withNested } from '../reading/mentions.ts';
import type { Findings } from '../source/findings.ts';
import { resultKeys } from './result-keys.ts';

/** Names that mean something else already: two steps of one id, an output called like a built-in, two branches that capture one name. */
export const checkDeclarations = (flow: Flow, findings: Findings): void => {
  const main = [...flow.setup, ...flow.steps].flatMap(withNested);
  const teardown = flow.teardown.flatMap(withNested);
  checkIds(main, findings);
  checkIds(teardown, findings);
  for (const { name, span } of [...flow.env, ...flow.inputs]) checkReserved(name, span, findings);
  const ids = new Map([...main, ...teardown].filter(({ named }) => named).map((step) => [step.id, step]));
  const hidden = hiddenNames([...main, ...teardown]);
  for (const step of [...main, ...teardown]) {
    for (const output of step.outputs) checkOutput(output, { ids, hidden, findings });
    if (step.kind === 'for_each') checkLoopNames(step, findings);
    if (step.kind === 'parallel') checkBranches(step, findings);
  }
};

const checkIds = (steps: readonly Step[], findings: Findings): void => {
  const seen = new Map<string, Step>();
  for (const step of steps) {
    if (!step.named) continue;
    const first = seen.get(step.id);
    if (first === undefined) {
      seen.set(step.id, step);
      checkReserved(step.id, step.idSpan, findings);
    } else {
      const message = `two steps are called \`${step.id}\`; the first is on line ${first.idSpan.line}`;
      findings.error('TM2004', step.idSpan, message);
    }
  }
};

// Words of the expression language, and names that the language itself gives a meaning.
const RESERVED = new Set(
  'true false null nil and or not in is exists contains matches startsWith endsWith steps service failed_step'.split(
    ' ',
  ),
);

const checkReserved = (name: string, span: Span, findings: Findings): void => {
  if (builtinNames.has(name)) findings.error('TM2005', span, `\`${name}\` is built in: take another name`);
  else if (RESERVED.has(name))
    findings.error('TM2005', span, `\`${name}\` is a word of the language: take another name`);
};

interface Known {
  readonly ids: ReadonlyMap<string, Step>;
  readonly hidden: ReadonlyMap<string, string>;
  readonly findings: Findings;
}

const checkOutput = ({ name, span }: Output, { ids, hidden, findings }: Known): void => {
  checkReserved(name, span, findings);
  const step = ids.get(name);
  if (step !== undefined) {
    const message = `\`${name}\` is the id of a step already (line ${step.idSpan.line}): take another name`;
    findings.error('TM2006', span, message);
  }
  const action = hidden.get(name);
  if (action !== undefined) {
    findings.warning('TM2008', span, `inside \`assert\`, \`${name}\` means the result of the step itself (${action})`, {
      help: 'take a name of your own to refer to the captured value there',
    });
  }
};

/** Keys of results that some assertion of this flow can see, with the action that has them. */
const hiddenNames = (steps: readonly Step[]): ReadonlyMap<string, string> =>
  new Map(
    steps
      .filter(({ asserts }) => asserts.length > 0)
      .flatMap((step) => [...(resultKeys(step) ?? [])].map((key) => [key, step.action] as const)),
  );

const checkLoopNames = (step: Extract<Step, { kind: 'for_each' }>, findings: Findings): void => {
  const { itemName, indexName, places } = step;
  checkReserved(itemName, places.itemName, findings);
  checkReserved(indexName, places.indexName, findings);
  if (itemName === indexName) {
    const written = places.indexName === step.actionSpan ? places.itemName : places.indexName;
    findings.error('TM2006', written, `the item and its position are both called \`${step.itemName}\``);
  }
};

const checkBranches = ({ branches }: ParallelStep, findings: Findings): void => {
  const seen = new Map<string, { branch: string; span: Span }>();
  for (const { name: branch, steps } of branches) {
    for (const { name, span } of steps.flatMap(withNested).flatMap(({ outputs }) => outputs)) {
      const first = seen.get(name);
      if (first === undefined) seen.set(name, { branch, span });
      else if (first.branch !== branch) {
        const message = `two branches that run at once capture \`${name}\`; the other is \`${first.branch}\` on line ${first.span.line}`;
        findings.error('TM2007', span, message);
      }
    }
  }
};
