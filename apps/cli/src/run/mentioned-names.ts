import { builtinNames, type Environment, type Flow, suggest, withNested } from '@testmesh/flow';
import type { PreparedFlow } from './prepare-flows.ts';

type ChildFlow = (path: string, from: Flow) => Flow | undefined;

/** Every name that a flow, those it runs or its environment mention or define; undefined when it is only known at run time which it runs. */
export const mentionedNames = (
  flow: Flow,
  environment: Environment | undefined,
  child: ChildFlow,
): ReadonlySet<string> | undefined => {
  const names = new Set([...(environment?.mentions ?? []), ...(environment?.variables ?? []).map(({ name }) => name)]);
  const seen = new Set<string>();
  const waiting = [flow];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.file)) continue;
    seen.add(next.file);
    for (const name of namesOf(next)) names.add(name);
    for (const path of childPaths(next)) {
      const found = path === undefined ? undefined : child(path, next);
      if (found === undefined) return undefined;
      waiting.push(found);
    }
  }
  return names;
};

const namesOf = (flow: Flow): readonly string[] => [
  ...flow.mentions,
  ...flow.secrets,
  ...[...flow.env, ...flow.inputs].map(({ name }) => name),
];

const childPaths = (flow: Flow): readonly (string | undefined)[] =>
  [...flow.setup, ...flow.steps, ...flow.teardown]
    .flatMap(withNested)
    .flatMap((step) => (step.kind === 'run_flow' ? [step.flow.kind === 'fixed' ? step.flow.value : undefined] : []));

/** What is said of `--var`s that no selected flow mentions: their values would change nothing. */
export const unmentioned = (
  variables: Iterable<string>,
  flows: readonly Pick<PreparedFlow, 'names'>[],
  onServer: boolean,
): readonly string[] => {
  const known = flows.map(({ names }) => names);
  if (known.includes(undefined)) return [];
  const names = new Set(known.flatMap((of) => [...(of ?? [])]));
  return [...variables].flatMap((name) => {
    if (names.has(name)) return [];
    const near = suggest(
      name,
      [...names].filter((candidate) => !builtinNames.has(candidate)),
    );
    // A server's environments may mention it, and nobody here knows them.
    if (near === undefined && onServer) return [];
    const meant = near === undefined ? '' : `; did you mean \`${near}\`?`;
    return [`warning: --var ${name} changes nothing: no selected flow mentions it${meant}`];
  });
};
