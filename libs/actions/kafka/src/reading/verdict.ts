// What is said of a wait that is over: the expectation it met or missed, and what was seen.
import type { Requirement } from '@testmesh/action-kit';
import type { AssertionRecord, Exchange, Value, ValueMap } from '@testmesh/domain';
import type { KafkaConsumerConfig } from '../config.ts';
import type { Intake, Skipped } from './intake.ts';

export interface Wait {
  readonly config: KafkaConsumerConfig;
  readonly requirements: readonly Requirement[];
  readonly intake: Intake;
  readonly topicExists: boolean;
  readonly durationMs: number;
  /** Why the connection was lost last, when it was. */
  readonly lost?: string;
}

export const resultOf = ({ config, intake, durationMs }: Pick<Wait, 'config' | 'intake' | 'durationMs'>): ValueMap => {
  const first = intake.messages[0];
  return {
    messages: [...intake.messages],
    ...(first && { value: first.value, key: first.key }),
    count: intake.messages.length,
    skipped: intake.skippedCount,
    topic: config.topic,
    success: true,
    duration_ms: durationMs,
  };
};

/** The expectation every wait has by itself; none when nothing at all was fine too. */
export const impliedOf = (wait: Wait): readonly AssertionRecord[] => {
  const { config, intake, requirements } = wait;
  const wanted = config.count ?? 1;
  const found = intake.messages.length;
  if (config.allow_empty && found === 0) return [];
  const passed = found >= wanted && intake.isFresh;
  const amount = wanted === 1 ? 'a message' : `${wanted} messages`;
  const matching = requirements.length === 0 ? '' : ` with ${requirements.map(({ text }) => text).join(' and ')}`;
  return [
    {
      expression: `${amount} on ${config.topic}${matching}`,
      group: 'implied',
      passed,
      actual: found,
      expected: wanted,
      ...(!passed && { message: shortfall(wait, wanted) }),
      values: [],
    },
  ];
};

const shortfall = (wait: Wait, wanted: number): string => {
  const { config, intake, topicExists, lost } = wait;
  const at = config.brokers.join(',');
  const within = `within ${seconds(wait.durationMs)}`;
  const afterLoss = lost === undefined ? '' : `; the connection was lost meanwhile: ${lost}`;
  if (!topicExists)
    return `topic ${config.topic} does not exist at ${at}: nothing was published to it ${within}${afterLoss}`;
  const found = intake.messages.length;
  if (found >= wanted)
    return `${plural(found)} on ${config.topic}, but none newer than the run's start ${within} (allow_old: true accepts old ones)${afterLoss}`;
  if (intake.skippedCount === 0)
    return `${found === 0 ? 'no message' : `only ${plural(found)}`} on ${config.topic} ${within}${afterLoss}`;
  const nearest = intake.nearest ?? intake.skipped.at(-1);
  const seen = `${plural(intake.skippedCount)} did not match`;
  const why = nearest ? `; ${intake.nearest ? 'the nearest' : 'the newest'}: ${place(nearest)}: ${nearest.why}` : '';
  return `${found === 0 ? 'no message' : `only ${plural(found)}`} on ${config.topic} matched ${within}; ${seen}${why}${afterLoss}`;
};

export const exchangeOf = (wait: Wait): Exchange => {
  const { config, intake, requirements } = wait;
  const skipped = intake.skippedCount === 0 ? '' : `, ${intake.skippedCount} skipped`;
  return {
    kind: 'kafka',
    summary: `${config.topic} → ${plural(intake.messages.length)}${skipped} in ${Math.round(wait.durationMs)} ms`,
    request: {
      topic: config.topic,
      brokers: [...config.brokers],
      ...(requirements.length > 0 && { match: requirements.map(({ text }) => text) }),
    },
    ...(intake.messages.length > 0 && {
      response: intake.messages.slice(0, SHOWN).map((message) => shownMessage(message)),
    }),
    seen: seenOf(intake),
  };
};

const SHOWN = 5;

/** The newest messages that did not match, newest first, and before them the one that came nearest. */
const seenOf = ({ skipped, nearest }: Intake): Value => {
  const newest = [...skipped].reverse();
  const ordered = nearest && !skipped.includes(nearest) ? [nearest, ...newest] : newest;
  return ordered.map(({ message, why }) => ({ ...shownMessage(message), why }));
};

const shownMessage = ({ partition, offset, key, timestamp, raw }: Skipped['message']): ValueMap => ({
  partition,
  offset,
  key,
  timestamp,
  value: trimmed(raw),
});

const SHOWN_LENGTH = 500;
const trimmed = (raw: string | null): string | null =>
  raw !== null && raw.length > SHOWN_LENGTH ? `${raw.slice(0, SHOWN_LENGTH)}… (${raw.length} characters)` : raw;

const place = ({ message }: Skipped): string => `partition ${message.partition} offset ${message.offset}`;
const plural = (count: number): string => `${count} message${count === 1 ? '' : 's'}`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
