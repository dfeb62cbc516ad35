// A day of runs as gzip: one line per event, {"stream":"run-…","ver":3,"at":1700000000000000,"chain":"…","event":{…}}, a
// stream's events one after the other in order. `event` is the envelope's canonical JSON as the journal had it, so the chain
// can be followed from the text alone.
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { type Envelope, parseJson, type RecordedEvent } from '@testmesh/domain';
import type { EventRow } from './recorded-event.ts';

export interface ArchivedRow extends EventRow {
  readonly stream: string;
}

/** A file of the archive does not hold what was written to it; `ver` is the first event of the stream that is wrong. */
export class DamagedArchive extends Error {
  override readonly name = 'DamagedArchive';
  readonly ver: number;

  constructor(message: string, ver: number) {
    super(message);
    this.ver = ver;
  }
}

export const archiveFile = (day: string, part: number): string => `${day}.${part}.jsonl.gz`;

export const lineOf = ({ stream, ver, at, chain, body }: ArchivedRow): string =>
  `${startOf(stream)}"ver":${ver},"at":${at},"chain":"${chain}","event":${body}}\n`;

const startOf = (stream: string): string => `{"stream":${JSON.stringify(stream)},`;

/** The events of an archived stream in order, their chain verified; none where no file of the stream's day holds it. */
export async function* readArchive(folder: string, stream: string): AsyncIterable<RecordedEvent> {
  const day = dayOf(stream);
  if (day === undefined) return;
  const files = (await readdir(folder)).filter((name) => name.startsWith(`${day}.`) && name.endsWith('.jsonl.gz'));
  for (const name of files.sort()) yield* readFrom(join(folder, name), stream);
}

async function* readFrom(file: string, stream: string): AsyncIterable<RecordedEvent> {
  const source = createReadStream(file);
  const unzipped = source.pipe(createGunzip());
  source.on('error', (error) => unzipped.destroy(error));
  try {
    yield* verified(file, stream, createInterface({ input: unzipped, crlfDelay: Number.POSITIVE_INFINITY }));
  } finally {
    source.destroy();
    unzipped.destroy();
  }
}

interface Line {
  readonly ver: number;
  readonly at: number;
  readonly chain: string;
  readonly event: Envelope;
}

async function* verified(file: string, stream: string, lines: AsyncIterable<string>): AsyncIterable<RecordedEvent> {
  const start = startOf(stream);
  let chain = '';
  let ver = 0;
  for await (const text of lines) {
    if (!text.startsWith(start)) {
      if (ver > 0) return;
      continue;
    }
    const line = parseJson(text) as unknown as Line;
    ver += 1;
    chain = hash('sha256', chain + text.slice(text.indexOf('"event":') + '"event":'.length, -1));
    if (line.ver !== ver) {
      throw new DamagedArchive(`${file} is damaged: ${stream} has version ${line.ver} where ${ver} belongs`, ver);
    }
    if (line.chain !== chain) {
      throw new DamagedArchive(`${file} is damaged: the chain of ${stream} breaks at version ${ver}`, ver);
    }
    yield { ...line.event, ver, at: line.at, chain };
  }
}

const RUN = /^run-([0-9a-f]{8})-([0-9a-f]{4})-7/;

/** The day a run was born, from the UUIDv7 in its stream's name; `undefined` for streams that live for ever. */
const dayOf = (stream: string): string | undefined => {
  const [, high, low] = RUN.exec(stream) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return new Date(Number.parseInt(high + low, 16)).toISOString().slice(0, 10);
};
