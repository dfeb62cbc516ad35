import type { RecordedEvent } from '@testmesh/domain';
import { type Reached, type StepRule, type Streams, streamOf, type Violation, violation } from './evidence.ts';

export interface Effects {
  readonly streams: Streams;
  readonly ledger: readonly Reached[];
  /** The rule of a step that reaches a target; undefined for one that does not. */
  readonly ruleOf: (runId: string, path: string) => StepRule | undefined;
}

/**
 * C4: a target is reached once per owner and try at most, and once for all by a step that may act only once; a step that
 * passed did reach it.
 */
export const effects = ({ streams, ledger, ruleOf }: Effects): readonly Violation[] => {
  const byRun = Map.groupBy(ledger, ({ runId }) => runId);
  const unknown = [...byRun.keys()].filter((runId) => !streams.has(streamOf(runId)));
  return [
    ...unknown.map((runId) => violation('C4', streamOf(runId), 'it reached the target and has no history')),
    ...[...streams].flatMap(([stream, events]) => {
      const runId = stream.replace(/^run-/, '');
      const reached = Map.groupBy(byRun.get(runId) ?? [], ({ path }) => path);
      const rule = (path: string): StepRule | undefined => ruleOf(runId, path);
      return [...tooOften(stream, events, reached, rule), ...never(stream, events, reached, rule)];
    }),
  ];
};

type ByPath = ReadonlyMap<string, readonly Reached[]>;
type Rules = (path: string) => StepRule | undefined;

const countOf = (events: readonly RecordedEvent[], wanted: string): number =>
  events.filter(({ type }) => type === wanted).length;

const tooOften = (
  stream: string,
  events: readonly RecordedEvent[],
  reached: ByPath,
  rules: Rules,
): readonly Violation[] => {
  const owners = countOf(events, 'RunClaimed');
  const beginnings = 1 + countOf(events, 'RunRestarted');
  return [...reached].flatMap(([path, all]) => {
    const { effect, tries = 1 } = rules(path) ?? { effect: 'once' };
    const most = effect === 'once' ? beginnings : owners * tries;
    if (all.length <= most) return [];
    return [violation('C4', stream, `${path} (${effect}) reached the target ${all.length} times, ${most} may be`)];
  });
};

const never = (stream: string, events: readonly RecordedEvent[], reached: ByPath, rules: Rules): readonly Violation[] =>
  events
    .filter(({ type, data }) => type === 'StepCompleted' && data['status'] === 'passed')
    .map(({ data }) => String(data['path']))
    .filter((path) => rules(path) !== undefined && !reached.has(path))
    .map((path) => violation('C4', stream, `${path} passed and never reached the target`));
