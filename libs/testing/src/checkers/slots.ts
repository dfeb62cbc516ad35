import { type FiredSlot, type Streams, streamOf, type Violation } from './evidence.ts';

export interface Slots {
  readonly streams: Streams;
  /** The slots that had to fire, per schedule. */
  readonly expected: ReadonlyMap<string, readonly number[]>;
  /** Every run that was made for a slot, as the schedules' own book says. */
  readonly fired: readonly FiredSlot[];
}

/** C6: each slot of a schedule has exactly one run, and there is no other. */
export const slots = ({ streams, expected, fired }: Slots): readonly Violation[] =>
  [...expected].flatMap(([schedule, wanted]) => {
    const mine = Map.groupBy(
      fired.filter((slot) => slot.schedule === schedule),
      ({ at }) => at,
    );
    const told = (at: number, text: string): Violation => ({
      check: 'C6',
      text: `the slot ${new Date(at).toISOString()} of ${schedule} ${text}`,
    });
    return [
      ...wanted.filter((at) => !mine.has(at)).map((at) => told(at, 'has no run')),
      ...[...mine].flatMap(([at, all]) => {
        const runs = [...new Set(all.map(({ runId }) => runId))];
        if (runs.length > 1) return [told(at, `has ${runs.length} runs: ${runs.join(', ')}`)];
        if (!wanted.includes(at)) return [told(at, `is none of its slots, and has the run ${runs[0]}`)];
        return streams.has(streamOf(runs[0] ?? '')) ? [] : [told(at, `has the run ${runs[0]}, which has no history`)];
      }),
    ];
  });
