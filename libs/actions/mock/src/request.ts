import type { IncomingMessage } from 'node:http';
import { parseJson, type Value } from '@testmesh/domain';

/** A request as the mock received it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed when it is JSON, else its text. */
  readonly body: Value;
  readonly at: string;
}

/** The body of a request; undefined when it is longer than allowed, with the rest read and dropped. */
export const bodyOf = async (request: IncomingMessage, most: number): Promise<string | undefined> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= most) pieces.push(piece);
  }
  return size > most ? undefined : Buffer.concat(pieces).toString('utf8');
};

export const received = ({ method = '', url = '/', headers }: IncomingMessage, text: string, at: Date): Received => {
  const { pathname, searchParams } = new URL(url, 'http://mock');
  return {
    method,
    path: decoded(pathname),
    query: Object.fromEntries(searchParams),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])),
    text,
    body: parsed(text),
    at: at.toISOString(),
  };
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    // A lone percent sign: the path is taken as it came.
    if (error instanceof URIError) return path;
    throw error;
  }
};

const parsed = (text: string): Value => {
  try {
    return parseJson(text);
  } catch (error) {
    // Forms, XML and plain text are fine bodies.
    if (error instanceof SyntaxError) return text;
    throw error;
  }
};
