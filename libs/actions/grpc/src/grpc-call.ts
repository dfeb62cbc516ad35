import { type Client, Metadata, status as Status } from '@grpc/grpc-js';
import { type ActionContext, type ActionOutcome, defineAction } from '@testmesh/action-kit';
import type { AssertionRecord, Value, ValueMap } from '@testmesh/domain';
import type { Root } from 'protobufjs';
import { type CallOutcome, call } from './call.ts';
import { hostPort, openChannel } from './channel.ts';
import type { GrpcCallConfig } from './config.ts';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { connectionTrouble } from './outcome.ts';
import { GrpcProblem } from './problem.ts';
import { rootOfFiles } from './proto-files.ts';
import { rootOfServer } from './reflection.ts';
import { grpcCallSchema } from './schema.ts';
import { type Callable, findMethod } from './service.ts';

const MOST_MESSAGES = 10_000;
const STATUS_ROOTS = ['status', 'status_code', 'code', 'error_message'];

export const grpcCall = defineAction({
  schema: grpcCallSchema,
  async run(config, context) {
    try {
      return await run(config, context);
    } catch (error) {
      if (!(error instanceof GrpcProblem)) throw error;
      const { code, message, help } = error;
      const at = code === 'TM4402' ? 'proto' : undefined;
      return { kind: 'not-carried-out', code, reason: message, ...(help !== undefined && { help }), ...(at && { at }) };
    }
  },
});

const run = async (config: GrpcCallConfig, context: ActionContext): Promise<ActionOutcome> => {
  const client = await openChannel(config, context);
  const deadline = new Date(Date.now() + config.timeout);
  const method = findMethod(await rootOf(config, client, deadline, context), config.service, config.method);
  const requests = requestsOf(config, method);
  const began = context.clock.monotonic();
  const outcome = await call({
    client,
    path: method.path,
    requests: requests.map((request) => encodeMessage(method.request, request)),
    metadata: metadataOf(config, context),
    deadline,
    enough: config.max_messages ?? MOST_MESSAGES + 1,
    signal: context.signal,
  });
  const trouble = connectionTrouble(outcome, hostPort(config.address));
  if (trouble) throw trouble;
  if (outcome.answers.length > MOST_MESSAGES && config.max_messages === undefined)
    throw new GrpcProblem('TM4406', `${method.path} sent more than ${MOST_MESSAGES} messages`, 'set `max_messages`');
  return completed(config, context, {
    method,
    requests,
    outcome,
    durationMs: Math.round(context.clock.monotonic() - began),
  });
};

/** What is known of the service: from files, or from the server, asked once per run. */
const rootOf = (config: GrpcCallConfig, client: Client, deadline: Date, context: ActionContext): Promise<Root> => {
  const { proto, import_paths = [], service } = config;
  const address = hostPort(config.address);
  const key = JSON.stringify(proto ? [proto, import_paths] : [address, service]);
  return context.use(
    { kind: 'grpc-definition', key },
    () =>
      proto
        ? rootOfFiles(proto, import_paths, context.readFile)
        : rootOfServer({ client, address, deadline, signal: context.signal }, service),
    async () => undefined,
  );
};

const requestsOf = ({ request, requests, streaming }: GrpcCallConfig, method: Callable): readonly ValueMap[] => {
  const { path, takesStream, givesStream } = method;
  if (streaming !== undefined && streaming !== (takesStream || givesStream))
    throw new GrpcProblem(
      'TM4405',
      `${path} is ${streaming ? 'not ' : ''}a streaming method, other than \`streaming: ${streaming}\` says`,
    );
  if (requests !== undefined && !takesStream)
    throw new GrpcProblem('TM4405', `${path} takes one request, not a stream`, 'give `request` instead of `requests`');
  return requests ?? (takesStream && request === undefined ? [] : [request ?? {}]);
};

const metadataOf = ({ metadata: given = {} }: GrpcCallConfig, context: ActionContext): Metadata => {
  const metadata = new Metadata();
  const all = { traceparent: context.traceparent, ...lowerCase(context.routingHeaders), ...lowerCase(given) };
  for (const [key, value] of Object.entries(all)) {
    try {
      metadata.set(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch (error) {
      throw new GrpcProblem('TM4405', `metadata.${key}: ${(error as Error).message}`);
    }
  }
  return metadata;
};

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));

interface Finished {
  readonly method: Callable;
  readonly requests: readonly ValueMap[];
  readonly outcome: CallOutcome;
  readonly durationMs: number;
}

const completed = (
  { address }: GrpcCallConfig,
  { expectations }: ActionContext,
  { method, requests, outcome, durationMs }: Finished,
): ActionOutcome => {
  const status = Status[outcome.code] ?? String(outcome.code);
  const messages = outcome.answers.map((bytes) => decodeMessage(method.response, bytes));
  const response = method.givesStream ? { messages } : messages[0];
  const output: ValueMap = {
    status,
    code: outcome.code,
    ...(response !== undefined && { response }),
    messages,
    error_message: outcome.code === Status.OK ? '' : outcome.details,
    metadata: headersOf(outcome.metadata),
    trailers: headersOf(outcome.trailers),
    duration_ms: durationMs,
  };
  const judgesItself = STATUS_ROOTS.some(expectations.names);
  return {
    kind: 'completed',
    output,
    exchange: {
      kind: 'grpc',
      summary: `grpc://${hostPort(address)}${method.path} → ${status} in ${durationMs} ms`,
      request: requests.length === 1 ? (requests[0] ?? {}) : requests,
      response: outcome.code === Status.OK ? (response ?? null) : { status, message: outcome.details },
    },
    ...(!judgesItself && { implied: [mustBeOk(status, outcome)] }),
  };
};

const mustBeOk = (status: string, { code, details }: CallOutcome): AssertionRecord => ({
  expression: 'status == "OK"',
  group: 'implied',
  passed: code === Status.OK,
  actual: status,
  expected: 'OK',
  ...(code !== Status.OK && { message: details }),
  values: [],
});

const headersOf = (metadata: Metadata): ValueMap =>
  Object.fromEntries(
    Object.keys(metadata.getMap()).map((key): [string, Value] => [key, metadata.get(key).map(asText).join(', ')]),
  );

const asText = (value: string | Buffer): string => (typeof value === 'string' ? value : value.toString('base64'));
