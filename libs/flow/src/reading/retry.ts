import type { Retry } from '../model/flow.ts';
import type { MapEntry } from '../model/node.ts';
import { readFields } from './fields.ts';
import { RETRY_KEYS } from './keys.ts';
import { fixed, isTemplated, type Reading } from './reading.ts';
import { checkRetryWords } from './retry-words.ts';
import { readBoolean, readChoice, readCount, readDuration, readMap, readTexts } from './values.ts';

const DEFAULT_DELAY_MS = 1000;

/** `retry: 3` means three attempts in all; a map says more. Undefined when there is none or it is switched off. */
export const readRetry = (reading: Reading, entry: MapEntry | undefined): Retry | undefined => {
  if (entry === undefined) return undefined;
  const { span } = entry.value;
  const plain = {
    delayMs: fixed(DEFAULT_DELAY_MS, span),
    backoff: 'constant',
    jitter: 0,
    retryOn: [],
    retryOnNot: [],
  } as const;
  if (entry.value.kind === 'scalar' && (typeof entry.value.value === 'number' || isTemplated(entry.value))) {
    const maxAttempts = readCount(reading, entry, 1);
    return maxAttempts && { maxAttempts, ...plain };
  }
  const map = readMap(reading, entry);
  if (map === undefined) return undefined;
  const fields = readFields(map, RETRY_KEYS, { what: '`retry`', findings: reading.findings });
  const maxAttempts = readCount(reading, fields.max_attempts, 1);
  const delayMs = readDuration(reading, fields.delay) ?? plain.delayMs;
  const maxDelayMs = readDuration(reading, fields.max_delay);
  const maxElapsedMs = readDuration(reading, fields.max_elapsed);
  const backoff = readChoice(reading, fields.backoff, RETRY_KEYS.backoff.shape.of) ?? 'constant';
  checkRetryWords(reading, fields.retry_on, fields.retry_on_not);
  const retry: Retry = {
    // Without a count, time is the limit; without either, the usual three.
    maxAttempts: maxAttempts ?? fixed(maxElapsedMs === undefined ? 3 : Number.MAX_SAFE_INTEGER, span),
    delayMs,
    ...(maxDelayMs && { maxDelayMs }),
    ...(maxElapsedMs && { maxElapsedMs }),
    backoff: backoff === 'fixed' ? 'constant' : backoff,
    jitter: readJitter(reading, fields.jitter),
    retryOn: readTexts(reading, fields.retry_on),
    retryOnNot: readTexts(reading, fields.retry_on_not),
  };
  return readBoolean(reading, fields.enabled, true) ? retry : undefined;
};

const readJitter = (reading: Reading, entry: MapEntry | undefined): number => {
  if (entry === undefined) return 0;
  const value = entry.value.kind === 'scalar' ? entry.value.value : undefined;
  if (typeof value === 'boolean') return value ? 0.5 : 0;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  reading.findings.error('TM1111', entry.value.span, '`jitter` is true, false or a number from 0 to 1');
  return 0;
};
