import {
  dataOf,
  type Envelope,
  parseJson,
  type RunEvent,
  runEventVersion,
  stringifyJson,
  type Value,
  type ValueMap,
} from '@testmesh/domain';
import { maskEvent } from '@testmesh/engine';
import * as z from 'zod';
import { isTooDeep } from '../http/json-depth.ts';
import { type KnownSecrets, showsSecret } from './known-secrets.ts';
import { shapeOf } from './run-event-shapes.ts';

// What an agent says of a run, held against what an executor may say. Invariants:
// X1. Nothing is stored that no shape names; stream, workspace, epoch and writer are the server's words, not the agent's.
// X2. What the run keeps secret is masked once more, whether the agent masked it or not. In names and paths, which come from the
//     flow's text and are not masked, nothing secret is taken.
// X3. A fact names only bodies that were put for its run: a hash alone opens nothing.

/** Whose events they are. */
export interface Writer {
  readonly runId: string;
  readonly workspace: string;
  readonly epoch: number;
  readonly actor: string;
}

export class RefusedEvents extends Error {
  override readonly name = 'RefusedEvents';
}

/** A fact of an honest run may hold an answer that nests deep. */
const DEEPEST = 1000;
const MOST_EVENTS = 1000;

const envelopes = z
  .array(
    z.object({
      id: z.string().regex(/^[0-9a-f-]{36}$/, 'must be a UUID'),
      stream: z.string(),
      type: z.string(),
      sv: z.int().min(1),
      workspace: z.string(),
      epoch: z.int(),
      time: z.int().min(0),
      data: z.custom<ValueMap>((data) => typeof data === 'object' && data !== null && !Array.isArray(data)),
      cause: z.string().max(200).optional(),
      corr: z.string().max(200).optional(),
      tp: z.string().max(200).optional(),
    }),
  )
  .min(1)
  .max(MOST_EVENTS);
type Given = z.output<typeof envelopes>[number];

/** Reads events as they were sent; throws `RefusedEvents` with what is wrong. */
export const readEvents = (text: string, writer: Writer): readonly Envelope[] => {
  const given = parsed(envelopes, parsedJson(text), 'the events');
  return given.map((event) => checked(event, writer));
};

const parsedJson = (text: string): Value => {
  if (isTooDeep(text, DEEPEST)) throw new RefusedEvents('the events nest too deep');
  try {
    return parseJson(text);
  } catch {
    throw new RefusedEvents('the events are no JSON');
  }
};

const parsed = <Output>(schema: z.ZodType<Output>, value: unknown, what: string): Output => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new RefusedEvents(`${what} at ${issue?.path.join('.') || 'the top'}: ${issue?.message ?? 'not valid'}`);
};

const checked = ({ stream, workspace, epoch, type, sv, data, ...rest }: Given, writer: Writer): Envelope => {
  const own = { stream: `run-${writer.runId}`, workspace: writer.workspace, epoch: writer.epoch };
  if (stream !== own.stream) throw new RefusedEvents(`an event of ${own.stream} says that it belongs to ${stream}`);
  if (workspace !== own.workspace) throw new RefusedEvents(`an event names the workspace ${workspace}`);
  if (epoch !== own.epoch) throw new RefusedEvents(`an event claims the epoch ${epoch}`);
  const shape = shapeOf(type);
  if (shape === undefined) throw new RefusedEvents(`no executor tells ${type}, or only a newer one: update the server`);
  const version = runEventVersion(type as RunEvent['type']);
  if (sv !== version) throw new RefusedEvents(`${type} came as version ${sv}, this server takes version ${version}`);
  const { id, time, cause, corr, tp } = rest;
  return {
    ...own,
    ...{ id, type, sv, time, actor: writer.actor, data: parsed(shape, data, type) },
    ...(cause !== undefined && { cause }),
    ...(corr !== undefined && { corr }),
    ...(tp !== undefined && { tp }),
  };
};

/** The events without the run's secrets; throws `RefusedEvents` where one stands in a place that stays as it is. */
export const maskedEvents = (events: readonly Envelope[], secrets: KnownSecrets): readonly Envelope[] => {
  const shows = showsSecret(secrets);
  return events.map((event) => {
    const data = dataOf(maskEvent({ type: event.type, ...event.data } as unknown as RunEvent, secrets.masker));
    if (!shows(stringifyJson(data))) return { ...event, data };
    throw new RefusedEvents(`${event.type} shows what the run keeps secret in a name or a path`);
  });
};

/** The bodies that these events name. */
export const blobsNamedBy = (events: readonly Envelope[]): readonly string[] => {
  const found = new Set<string>();
  for (const { data } of events) collect(data, found);
  return [...found];
};

const HASH = /^[0-9a-f]{64}$/;

const collect = (value: unknown, found: Set<string>): void => {
  if (typeof value !== 'object' || value === null) return;
  const hash = (value as Readonly<Record<string, unknown>>)['$blob'];
  if (typeof hash === 'string' && HASH.test(hash)) found.add(hash);
  for (const item of Object.values(value)) collect(item, found);
};
