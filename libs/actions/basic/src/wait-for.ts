import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { AssertionRecord } from '@testmesh/domain';
import { refusalWithin } from '@testmesh/outbound';
import type { WaitForConfig } from './config.ts';
import { PathProblem } from './json-path.ts';
import { probeHttp } from './probe-http.ts';
import { probeTcp } from './probe-tcp.ts';
import { waitForSchema } from './schema.ts';
import type { Sighting } from './sighting.ts';

// One try may not eat the whole wait: a service that swallowed the first request often answers the second.
const LONGEST_TRY_MS = 10_000;
// The try at the deadline still gets the time for an answer, else its silence would hide what was seen before.
const SHORTEST_TRY_MS = 250;

export const waitFor = defineAction({
  schema: waitForSchema,
  async run(config, context) {
    try {
      return await wait(config, context);
    } catch (error) {
      const refusal = refusalWithin(error);
      if (refusal !== undefined) return { kind: 'not-carried-out', ...refusal };
      if (!(error instanceof PathProblem)) throw error;
      return { kind: 'not-carried-out', code: error.code, reason: error.message };
    }
  },
});

const wait = async (config: WaitForConfig, context: ActionContext): Promise<ActionOutcome> => {
  const { clock, signal } = context;
  const started = clock.monotonic();
  const deadline = started + config.timeout;
  for (let attempts = 1; ; attempts += 1) {
    const sighting = await attempt(config, context, tryLimitMs(deadline - clock.monotonic()));
    const durationMs = Math.round(clock.monotonic() - started);
    const left = deadline - clock.monotonic();
    if (sighting.ready || left <= 0 || attempts === config.max_attempts)
      return finished(config, context, { sighting, attempts, durationMs });
    await clock.sleep(Math.min(config.interval, left), signal);
  }
};

const tryLimitMs = (leftMs: number): number => Math.ceil(Math.min(LONGEST_TRY_MS, Math.max(SHORTEST_TRY_MS, leftMs)));

/** One try under its own time limit; the step's signal still ends everything. */
const attempt = async (config: WaitForConfig, context: ActionContext, limitMs: number): Promise<Sighting> => {
  const limit = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([context.signal, limit]);
  try {
    return config.url === undefined
      ? await probeTcp({ host: config.host ?? '', port: config.port ?? 0 }, context.outbound, signal)
      : await probeHttp(config.url, config, context, signal);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!limit.aborted) throw error;
    const seen = `no answer within ${limitMs} ms`;
    return { ready: false, seen, details: { error: seen } };
  }
};

interface Finish {
  readonly sighting: Sighting;
  readonly attempts: number;
  readonly durationMs: number;
}

const finished = (
  config: WaitForConfig,
  { expectations }: ActionContext,
  { sighting, attempts, durationMs }: Finish,
): ActionOutcome => {
  const { ready, seen, details } = sighting;
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`;
  const record: AssertionRecord = {
    expression: expected(config),
    group: 'implied',
    passed: ready,
    values: [],
    ...(!ready && { actual: seen, message: `not within ${durationMs} ms and ${tries}; the last one: ${seen}` }),
  };
  return {
    kind: 'completed',
    output: { success: ready, attempts, duration_ms: durationMs, last_result: details },
    exchange: { kind: 'wait', summary: `${expected(config)}: ${seen} after ${tries}`, seen: details },
    // Who asks about `success` wants to judge it: a service that must stay down is a fair thing to wait for.
    ...(!expectations.names('success') && { implied: [record] }),
  };
};

const expected = (config: WaitForConfig): string => {
  if (config.url === undefined) return `${config.host}:${config.port} accepts connections`;
  const { body_contains, json_path, json_value, status_code } = config;
  const clauses = [`answers ${[status_code].flat().join(' or ')}`];
  if (body_contains !== undefined) clauses.push(`with ${JSON.stringify(body_contains)}`);
  if (json_path !== undefined)
    clauses.push(json_value === undefined ? `with ${json_path}` : `with ${json_path} == ${JSON.stringify(json_value)}`);
  return `${config.method} ${config.url} ${clauses.join(' ')}`;
};
