import { type Followed, type Streams, streamOf, type Violation, violation } from './evidence.ts';

/** Whoever follows a run live is told every event once and in order, up to its end. */
export const followed = (told: readonly Followed[], streams: Streams): readonly Violation[] =>
  told.flatMap(({ runId, versions }) => {
    const stream = streamOf(runId);
    const events = streams.get(stream)?.length ?? 0;
    const wrong = versions.findIndex((version, at) => version !== at + 1);
    if (wrong >= 0) return [violation('live', stream, `event ${versions[wrong]} was told at place ${wrong + 1}`)];
    if (versions.length === events) return [];
    return [violation('live', stream, `${versions.length} of its ${events} events were told`)];
  });
