import type { Envelope } from './envelope.ts';
import type { StepPath } from './run-event.ts';

// One trace per run, its ids made from what the journal knows: whoever sends a request, exports a span or draws the
// trace later from the events comes to the same ids, and nobody has to hand them on.

/** The run's id as a W3C trace id; a run id that is no UUID is hashed to one. */
export const traceIdOf = (runId: string): string => {
  const hex = runId.replaceAll('-', '').toLowerCase();
  return /^(?!0{32})[0-9a-f]{32}$/.test(hex) ? hex : `${hash(`${runId}/a`)}${hash(`${runId}/b`)}`;
};

/** The span of the whole run. */
export const runSpanId = (traceId: string): string => hash(`${traceId} run`);

/** The span of one attempt at a step; the first has number 1. */
export const stepSpanId = (traceId: string, path: StepPath, attempt: number): string =>
  hash(`${traceId} ${path} ${attempt}`);

/** The W3C trace context of what an event tells of: an attempt at a step, else the run. Undefined where there is no run. */
export const traceparentOf = ({ stream, type, data, tp }: Envelope): string | undefined => {
  if (tp !== undefined || !stream.startsWith('run-')) return tp;
  const traceId = traceIdOf(stream.slice('run-'.length));
  return `00-${traceId}-${spanIdOf(traceId, type, data)}-01`;
};

const spanIdOf = (traceId: string, type: string, data: Envelope['data']): string => {
  const path = data['path'] as StepPath;
  if (type === 'StepStarted') return stepSpanId(traceId, path, Number(data['attempt']));
  const { attempts } = data;
  const made = type === 'StepCompleted' && Array.isArray(attempts) ? attempts.length : 0;
  return made === 0 ? runSpanId(traceId) : stepSpanId(traceId, path, made);
};

// Two murmur-like rounds of 32 bits with different seeds, side by side: no Node here, and no need of a cryptographic hash.
const hash = (text: string): string => {
  let first = 0x9747b28c;
  let second = 0x3c6ef372;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, 0xcc9e2d51);
    first = (first << 15) | (first >>> 17);
    second = Math.imul(second ^ code, 0xcc9e2d51);
    second = (second << 15) | (second >>> 17);
  }
  const id = `${finished(first)}${finished(second)}`;
  return /[1-9a-f]/.test(id) ? id : '0000000000000001';
};

const finished = (half: number): string => {
  let state = half ^ (half >>> 16);
  state = Math.imul(state, 0x85ebca6b);
  state ^= state >>> 13;
  state = Math.imul(state, 0xc2b2ae35);
  state ^= state >>> 16;
  return (state >>> 0).toString(16).padStart(8, '0');
};
