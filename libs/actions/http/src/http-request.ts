import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { AssertionRecord, Value } from '@testmesh/domain';
import type { HttpRequestConfig } from './config.ts';
import { cookieValues } from './cookies.ts';
import { keepCredentialsSecret, secretHeaders, shownUrl } from './credentials.ts';
import { decodeBody, decompress, mediaTypeOf } from './decode.ts';
import { explainFailure } from './failure.ts';
import { firstHeaderProblem } from './header-problem.ts';
import { Journey } from './journey.ts';
import { readParts } from './multipart.ts';
import { outgoing } from './outgoing.ts';
import { NOWHERE_TO_SAVE, saveBody } from './save-body.ts';
import { httpRequestSchema } from './schema.ts';
import { httpSession } from './session.ts';
import { shownExchange } from './shown.ts';
import type { Shown } from './shown-request.ts';
import type { Incoming } from './transport.ts';

/** Sends a request, follows redirects, and expects a status below 400 unless an assertion speaks of the status. */
export const httpRequest = defineAction({
  schema: httpRequestSchema,
  async run(config, context) {
    if (config.save_to_file !== undefined && context.writeFile === undefined) return NOWHERE_TO_SAVE;
    const session = await httpSession(context);
    const parts = config.multipart && (await readParts(config.multipart, context.readFile));
    const { routingHeaders, traceparent } = context;
    const sent = outgoing(config, { routingHeaders, traceparent, parts });
    keepCredentialsSecret(config, sent.headers, context);
    const unsendable = firstHeaderProblem(sent.headers);
    if (unsendable !== undefined) return { kind: 'not-carried-out', code: 'TM4008', reason: unsendable };
    const journey = new Journey(sent, session, config, context);
    const shown = (): Shown => ({
      sent: { ...sent, headers: journey.redirects.length === 0 ? journey.current.headers : sent.headers },
      parts,
      body: config.body ?? (config.graphql as Value | undefined),
      secretHeaders: secretHeaders(config),
      url: shownUrl(sent.url, config),
      insecure: !config.verify_ssl,
      follows: journey.redirects.length > 0,
    });
    const startedAt = context.clock.monotonic();
    try {
      const incoming = await journey.travel(performance.now() + config.timeout);
      const encoding = header(incoming, 'content-encoding');
      const bytes = encoding === '' ? incoming.body : await decompress(incoming.body, encoding, config.max_body_size);
      const durationMs = context.clock.monotonic() - startedAt;
      const unsaved = await saveBody(bytes, config, context);
      if (unsaved !== undefined) return { ...unsaved, exchange: shownExchange(shown(), { failed: unsaved.code }) };
      return completed({ incoming, bytes, durationMs, journey, shown: shown() }, config, context);
    } catch (error) {
      context.signal.throwIfAborted();
      return notCarriedOut(error, journey, shown(), config);
    }
  },
});

interface Arrived {
  readonly incoming: Incoming;
  readonly bytes: Buffer;
  readonly durationMs: number;
  readonly journey: Journey;
  readonly shown: Shown;
}

const header = ({ headers }: Incoming, name: string): string => {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join(', ') ?? '');
};

const completed = (arrived: Arrived, config: HttpRequestConfig, context: ActionContext): ActionOutcome => {
  const { incoming, bytes, durationMs, journey, shown } = arrived;
  const { status } = incoming;
  const contentType = header(incoming, 'content-type');
  const { value: body, defect } = decodeBody(bytes, contentType, config.parse);
  const headers: Record<string, string> = {};
  for (const name of Object.keys(incoming.headers)) headers[name] = header(incoming, name);
  const output: Record<string, Value> = {
    status,
    body,
    headers,
    cookies: cookieValues(journey.setCookies),
    set_cookies: journey.setCookies,
    content_type: mediaTypeOf(contentType),
    duration_ms: Math.round(durationMs),
    size: bytes.length,
    url: shownUrl(journey.current.url, config),
    redirects: journey.redirects,
    ...(config.save_to_file !== undefined && { saved_to: config.save_to_file }),
  };
  const implied: AssertionRecord[] = [];
  if (!context.expectations.names('status')) implied.push(statusBelow400(status));
  if (defect !== undefined) implied.push(bodyIsJson(defect));
  const exchange = shownExchange(shown, { status, headers, body, size: bytes.length, durationMs });
  return { kind: 'completed', output, exchange, implied };
};

const statusBelow400 = (status: number): AssertionRecord => ({
  expression: 'status < 400',
  group: 'implied',
  passed: status < 400,
  actual: status,
  values: [],
});

const bodyIsJson = (defect: string): AssertionRecord => ({
  expression: 'body is JSON',
  group: 'implied',
  passed: false,
  message: `the body says it is JSON and cannot be read as such: ${defect}; use \`parse: text\` if that is meant`,
  values: [],
});

const notCarriedOut = (error: unknown, journey: Journey, shown: Shown, config: HttpRequestConfig): ActionOutcome => {
  const { method, url } = journey.current;
  const limits = { timeoutMs: config.timeout, maxBytes: config.max_body_size };
  const failure = explainFailure(error, { method, url, progress: journey.progress, ...limits });
  if (failure === undefined) throw error;
  return {
    kind: 'not-carried-out',
    ...failure,
    exchange: shownExchange(shown, { failed: failure.code }),
    details: { url: shownUrl(url, config), method },
  };
};
