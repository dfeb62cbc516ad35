import { hash } from 'node:crypto';
import { canonicalJson, type Envelope, parseJson, type RecordedEvent, type Value } from '@testmesh/domain';

// One line of a run's file: {"ver":3,"at":1700000000000000,"chain":"…","event":{…}} and a newline.
// F1. `event` is the envelope's canonical JSON; `chain` is sha256 over the previous line's chain and those bytes.
// F2. Only what follows the last newline may be incomplete: a crash tore it, and nobody was told that it was durable.
// F3. A whole line that does not parse or chain is damage, the last one too, and is named by its number.

export const CHAIN_START = '';

/** The line's bytes in pieces, and its chain. The event becomes bytes once, for the hash and for the file alike. */
export const lineOf = (
  envelope: Envelope,
  ver: number,
  at: number,
  previousChain: string,
): { readonly pieces: readonly Uint8Array[]; readonly chain: string } => {
  const hashed = Buffer.from(previousChain + canonicalJson(envelope as unknown as Value));
  const chain = hash('sha256', hashed);
  const start = Buffer.from(`{"ver":${ver},"at":${at},"chain":"${chain}","event":`);
  return { pieces: [start, hashed.subarray(previousChain.length), END], chain };
};

const END = Buffer.from('}\n');

export interface RunFile extends Extent {
  readonly events: readonly RecordedEvent[];
}

/** How much of a file is whole. */
interface Extent {
  /** Bytes of the complete lines; what follows them was torn by a crash. */
  readonly intactBytes: number;
  readonly tornBytes: number;
}

interface Line {
  readonly ver: number;
  readonly at: number;
  readonly chain: string;
  readonly event: Envelope;
}

/** Reads a run's file, whole lines only. */
export const readRunFile = (file: string, bytes: Buffer): RunFile => {
  const events: RecordedEvent[] = [];
  const reading = eachEvent(file, bytes);
  let next = reading.next();
  for (; !next.done; next = reading.next()) events.push(next.value);
  return { ...next.value, events };
};

/** Gives the events of a run's file one by one, so that nobody has to hold them all, and at last how much of it is whole. */
export function* eachEvent(file: string, bytes: Buffer): Generator<RecordedEvent, Extent> {
  let ver = 0;
  let chain = CHAIN_START;
  let start = 0;
  for (let end = bytes.indexOf(10, start); end !== -1; end = bytes.indexOf(10, start)) {
    ver += 1;
    const line = parseLine(bytes.subarray(start, end), chain, ver);
    if (typeof line === 'string') throw new Error(`${file}:${ver} is damaged: ${line}`);
    yield { ...line.event, ver, at: line.at, chain: line.chain };
    chain = line.chain;
    start = end + 1;
  }
  return { intactBytes: start, tornBytes: bytes.length - start };
}

// The line's own bytes are hashed, not its parsed form: reading costs one parse and one hash.
const parseLine = (bytes: Buffer, previousChain: string, ver: number): Line | string => {
  const line = parsed(bytes.toString());
  if (line === undefined) return 'it is not JSON';
  if (line.ver !== ver) return `it has version ${line.ver} where ${ver} belongs`;
  const event = bytes.subarray(bytes.indexOf(EVENT) + EVENT.length, -1);
  return chained(previousChain, event) === line.chain ? line : 'its hash does not continue the chain';
};

const EVENT = '"event":';

// `hash` takes what it hashes in one piece, and takes bytes in half the time of a text.
let scratch = Buffer.alloc(64 * 1024);
const chained = (previousChain: string, event: Uint8Array): string => {
  const length = previousChain.length + event.length;
  if (length > scratch.length) scratch = Buffer.alloc(2 * length);
  scratch.write(previousChain, 0, 'latin1');
  scratch.set(event, previousChain.length);
  return hash('sha256', scratch.subarray(0, length));
};

const parsed = (text: string): Line | undefined => {
  try {
    return parseJson(text) as unknown as Line;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};
