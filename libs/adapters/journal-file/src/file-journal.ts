import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Envelope, RecordedEvent } from '@testmesh/domain';
import type { AppendResult, Journal, JournalBatch } from '@testmesh/ports';
import { CHAIN_START, lineOf, type RunFile, readRunFile } from './run-file.ts';
import { syncFolder } from './sync-folder.ts';

/** A stream that this process appends to. */
interface OpenStream {
  readonly handle: FileHandle;
  ver: number;
  epoch: number;
  chain: string;
  terminal: boolean;
  /** The file's length up to the last whole line. */
  bytes: number;
}

/** The journal as one append-only file per stream in `folder`; a batch is on the disk before `append` answers. */
export const fileJournal = (folder: string): Journal => new FileJournal(folder);

/** The file that holds a stream; its name is the stream's without the kind. */
export const streamFile = (folder: string, stream: string): string =>
  join(folder, `${stream.replace(/^run-/, '')}.jsonl`);

class FileJournal implements Journal {
  readonly #folder: string;
  readonly #streams = new Map<string, Promise<OpenStream>>();
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  // Appends to one stream are strictly one after the other.
  append(stream: string, expectedVer: number, epoch: number, events: readonly Envelope[]): Promise<AppendResult> {
    const before = this.#writing.get(stream) ?? Promise.resolve();
    const result = before.then(() => this.#append(stream, expectedVer, epoch, events));
    this.#writing.set(
      stream,
      result.catch(() => undefined),
    );
    return result;
  }

  appendMany(batches: readonly JournalBatch[]): Promise<readonly AppendResult[]> {
    return Promise.all(
      batches.map(({ stream, expectedVer, epoch, events }) => this.append(stream, expectedVer, epoch, events)),
    );
  }

  async *read(stream: string, afterVer = 0): AsyncIterable<RecordedEvent> {
    const file = streamFile(this.#folder, stream);
    const { events } = readRunFile(file, await readIfThere(file));
    yield* events.slice(afterVer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#writing.values());
    const streams = await Promise.all(this.#streams.values());
    this.#streams.clear();
    await Promise.all(streams.map(({ handle }) => handle.close()));
  }

  async #append(
    stream: string,
    expectedVer: number,
    epoch: number,
    events: readonly Envelope[],
  ): Promise<AppendResult> {
    const open = await this.#open(stream);
    if (epoch < open.epoch) return { outcome: 'fenced', epoch: open.epoch };
    if (expectedVer !== open.ver) return this.#clash(stream, expectedVer, open, events);
    if (open.terminal) return { outcome: 'terminal' };
    const at = Math.round((performance.timeOrigin + performance.now()) * 1000);
    let { ver, chain } = open;
    const pieces: Uint8Array[] = [];
    for (const event of events) {
      ver += 1;
      const line = lineOf(event, ver, at, chain);
      chain = line.chain;
      pieces.push(...line.pieces);
    }
    await this.#write(stream, open, Buffer.concat(pieces));
    open.terminal = events.some(({ type }) => type === 'RunCompleted');
    Object.assign(open, { ver, chain, epoch });
    return { outcome: 'applied', ver };
  }

  // A batch that was written in part would spoil what follows it, so it is taken back and the file is read again before the next.
  async #write(stream: string, open: OpenStream, bytes: Buffer): Promise<void> {
    try {
      await open.handle.appendFile(bytes);
      await open.handle.datasync();
      open.bytes += bytes.length;
    } catch (error) {
      this.#streams.delete(stream);
      await open.handle.truncate(open.bytes).finally(() => open.handle.close());
      throw error;
    }
  }

  // The same ids at the same place: an earlier append whose answer was lost.
  async #clash(
    stream: string,
    expectedVer: number,
    open: OpenStream,
    events: readonly Envelope[],
  ): Promise<AppendResult> {
    const stored: string[] = [];
    for await (const { id } of this.read(stream, expectedVer)) stored.push(id);
    const repeated = events.length > 0 && events.every(({ id }, index) => stored[index] === id);
    if (repeated) return { outcome: 'already_applied', ver: expectedVer + events.length };
    return open.terminal ? { outcome: 'terminal' } : { outcome: 'conflict', ver: open.ver };
  }

  #open(stream: string): Promise<OpenStream> {
    const known = this.#streams.get(stream);
    if (known !== undefined) return known;
    const opening = openStream(streamFile(this.#folder, stream), this.#folder);
    this.#streams.set(stream, opening);
    opening.catch(() => this.#streams.delete(stream));
    return opening;
  }
}

/** A stream that nobody wrote to has no file, and no events. */
const readIfThere = async (file: string): Promise<Buffer> => {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};

const openStream = async (file: string, folder: string): Promise<OpenStream> => {
  await mkdir(folder, { recursive: true });
  const handle = await open(file, 'a+');
  try {
    const stored = readRunFile(file, await handle.readFile());
    if (stored.tornBytes > 0) await handle.truncate(stored.intactBytes);
    if (stored.intactBytes === 0) await syncFolder(folder);
    return streamOf(handle, stored);
  } catch (error) {
    await handle.close();
    throw error;
  }
};

const streamOf = (handle: FileHandle, { events, intactBytes }: RunFile): OpenStream => {
  const last = events.at(-1);
  return {
    handle,
    ver: events.length,
    epoch: last?.epoch ?? 0,
    chain: last?.chain ?? CHAIN_START,
    terminal: events.some(({ type }) => type === 'RunCompleted'),
    bytes: intactBytes,
  };
};
