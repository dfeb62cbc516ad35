import type { ActionContext } from '@testmesh/action-kit';
import { canonicalJson, compareNumbers, isNumber, parseJson, stringifyJson, type Value } from '@testmesh/domain';
import { judgedLookup, refusalWithin, refusedAddress } from '@testmesh/outbound';
import { Agent, buildConnector, errors, request } from 'undici';
import type { WaitForConfig } from './config.ts';
import { lookUp } from './json-path.ts';
import type { Sighting } from './sighting.ts';

const LARGEST_BODY = 1024 * 1024;
const SHOWN = 500;

/** Requests once and compares the answer with what is waited for. */
export const probeHttp = async (
  url: string,
  config: WaitForConfig,
  context: ActionContext,
  signal: AbortSignal,
): Promise<Sighting> => {
  const answer = await answered(url, config, context, signal);
  return 'seen' in answer
    ? { ready: false, seen: answer.seen, details: { error: answer.seen } }
    : judged(config, answer.status, answer.text);
};

type Answer = { readonly status: number; readonly text: string } | { readonly seen: string };

// As http_request speaks; the command line is built without undici's HTTP/2.
const HTTP_1 = { allowH2: false };

const answered = async (
  url: string,
  config: WaitForConfig,
  context: ActionContext,
  signal: AbortSignal,
): Promise<Answer> => {
  const connect = connectorOf(config, context.outbound);
  const agent = new Agent({ ...HTTP_1, maxResponseSize: LARGEST_BODY, connect });
  try {
    const { statusCode, body } = await request(url, {
      method: config.method as 'GET',
      headers: { ...context.routingHeaders, traceparent: context.traceparent, ...headersOf(config) },
      dispatcher: agent,
      signal,
    });
    return { status: statusCode, text: await body.text() };
  } catch (error) {
    signal.throwIfAborted();
    if (refusalWithin(error) !== undefined) throw error;
    return { seen: whyNot(url, error) };
  } finally {
    await agent.destroy();
  }
};

const connectorOf = ({ verify_ssl: rejectUnauthorized }: WaitForConfig, outbound: ActionContext['outbound']) => {
  if (outbound === undefined) return { rejectUnauthorized };
  const connect = buildConnector({ ...HTTP_1, rejectUnauthorized, lookup: judgedLookup(outbound) });
  const judged: buildConnector.connector = (target, done) => {
    const refused = refusedAddress(outbound, target.hostname);
    if (refused === undefined) connect(target, done);
    else done(refused, null);
  };
  return judged;
};

const headersOf = ({ headers = {} }: WaitForConfig): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const whyNot = (url: string, error: unknown): string => {
  if (error instanceof errors.ResponseExceededMaxSizeError) return `the answer is larger than ${LARGEST_BODY} bytes`;
  const { code, message } = error as NodeJS.ErrnoException;
  return `no answer from ${new URL(url).host} (${code ?? message})`;
};

const judged = (config: WaitForConfig, status: number, text: string): Sighting => {
  const { body_contains, json_path, json_value, status_code } = config;
  const details = { status_code: status, body: text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text };
  const not = (seen: string, more: Record<string, Value> = {}): Sighting => ({
    ready: false,
    seen,
    details: { ...details, ...more },
  });
  if (![status_code].flat().includes(status)) return not(`it answered ${status}`);
  if (body_contains !== undefined && !text.includes(body_contains))
    return not(`it answered ${status}, but the body does not contain ${JSON.stringify(body_contains)}`);
  if (json_path === undefined) return { ready: true, seen: `it answered ${status}`, details };
  const document = parsed(text);
  if (document === undefined) return not(`it answered ${status}, but the body is not JSON`);
  const found = lookUp(json_path, document);
  if (found === undefined) return not(`it answered ${status}, but there is nothing at ${json_path}`);
  if (json_value !== undefined && !equal(found, json_value))
    return not(`it answered ${status}, but ${json_path} is ${stringifyJson(found)}`, { json_value: found });
  return { ready: true, seen: `it answered ${status}`, details: { ...details, json_value: found } };
};

const parsed = (text: string): Value | undefined => {
  try {
    return parseJson(text);
  } catch (error) {
    // Not JSON yet: the wait goes on and says so.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const equal = (a: Value, b: Value): boolean =>
  isNumber(a) && isNumber(b) ? compareNumbers(a, b) === 0 : canonicalJson(a) === canonicalJson(b);
