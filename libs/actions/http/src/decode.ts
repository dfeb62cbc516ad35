// From the bytes of a response body to a value.
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { parseJson, type Value } from '@testmesh/domain';
import { BodyTooLarge } from './transport.ts';

type Inflate = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

// The compressor is loaded by the first body that needs it.
const gunzip: Inflate = (bytes, options) => promisify(zlib.gunzip)(bytes, options);
// Servers send both the zlib format and the bare stream under this name (RFC 9110 §8.4.1.2).
const inflate: Inflate = (bytes, options) =>
  ((bytes[0] ?? 0) & 0x0f) === 8 ? promisify(zlib.inflate)(bytes, options) : promisify(zlib.inflateRaw)(bytes, options);

const INFLATERS: Readonly<Record<string, Inflate>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: (bytes, options) => promisify(zlib.brotliDecompress)(bytes, options),
  zstd: (bytes, options) => promisify(zlib.zstdDecompress)(bytes, options),
};

export class UnknownEncoding extends Error {}
export class BrokenEncoding extends Error {}

/** Undoes the content encodings, last one first; never produces more than `maxBytes`. */
export const decompress = async (body: Buffer, contentEncoding: string, maxBytes: number): Promise<Buffer> => {
  let bytes = body;
  for (const name of contentEncoding.toLowerCase().split(',').reverse()) {
    const encoding = name.trim();
    if (encoding === '' || encoding === 'identity') continue;
    const undo = INFLATERS[encoding];
    if (undo === undefined) throw new UnknownEncoding(encoding);
    try {
      bytes = await undo(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLarge();
      throw new BrokenEncoding(`${encoding}: ${(error as Error).message}`, { cause: error });
    }
  }
  return bytes;
};

export interface Decoded {
  readonly value: Value;
  /** Why a body that claims to be JSON is none; its text is the value then. */
  readonly defect?: string;
}

const isJson = (mediaType: string): boolean => mediaType === 'application/json' || /[+/]json$/.test(mediaType);

/** The value of a body: parsed JSON, text, or base64 when it is neither. */
export const decodeBody = (bytes: Buffer, contentType: string, parse: 'auto' | 'json' | 'text'): Decoded => {
  if (bytes.length === 0) return { value: '' };
  const claimsJson = parse === 'json' || isJson(mediaTypeOf(contentType));
  const text = textOf(bytes, charsetOf(contentType));
  if (text === undefined) return notText(bytes, claimsJson);
  if (parse === 'text') return { value: text };
  if (claimsJson) return jsonOf(text);
  if (contentType !== '' || !/^\s*[[{]/.test(text)) return { value: text };
  const guessed = jsonOf(text);
  return guessed.defect === undefined ? guessed : { value: text };
};

const notText = (bytes: Buffer, claimsJson: boolean): Decoded => {
  const value = bytes.toString('base64');
  return claimsJson ? { value, defect: 'it is not text in the character set it claims' } : { value };
};

const jsonOf = (text: string): Decoded => {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    return { value: text, defect: (error as SyntaxError).message };
  }
};

/** `application/json` of `Application/JSON; charset=utf-8`. */
export const mediaTypeOf = (contentType: string): string => {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
};

const charsetOf = (contentType: string): string =>
  /;\s*charset="?([^\s";]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';

const textOf = (bytes: Buffer, charset: string): string | undefined => {
  if (charset === 'utf-8' || charset === 'utf8') {
    if (!isUtf8(bytes)) return undefined;
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
    return hasMark ? bytes.toString('utf8', 3) : bytes.toString('utf8');
  }
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    // An unknown character set or bytes that are not in it: either way there is no text to show.
    return undefined;
  }
};
